import type { Clock } from '../ports/clock.ts';
import type { ActiveRevision, Registry, RegistrySnapshot } from '../ports/registry.ts';
import { Unavailable } from '../ports/unavailable.ts';
import { readSdkBindings, type SdkBindings } from '../sdks/sdk-bindings.ts';
import { readVerifiedRealms, type VerifiedRealms } from '../sdks/verified-realms.ts';
import { type EventSchema, readEventSchema } from './event-schema.ts';
import { compileValidator, type Validator } from './validator.ts';

/** An event type as a running function uses it. */
export interface EventType extends EventSchema {
  readonly revision: number;
  /** Compiled once per revision: at first use, but before it replaces an earlier revision. */
  readonly validate: Validator;
}

/** A running function's view of the registry: what is active, a little behind, and never blocking a known type. */
export interface EventTypes {
  get(type: string): EventType | undefined;
  readonly sdks: SdkBindings;
  /** Realms whose people not everybody may name. */
  readonly realms: VerifiedRealms;
  /** Version of the registry that the view shows; 0 before anything could be read. */
  readonly version: number;
  /** Starts a refresh when the view is older than `maxStalenessMillis`; awaits nothing. Called once a request. */
  refreshIfStale(): void;
  /**
   * Waits for a refresh when the view is older than this: what a stage decides by must not be what an instance knew
   * before a night without work. Goes on with what is known when the registry does not answer.
   */
  refreshIfOlder(maxAgeMillis: number): Promise<void>;
  /**
   * For an unknown type or revision: asks the registry now. At most one question is in flight, and a fresh answer is
   * not asked for again within `minForcedRefreshMillis`, nor is a registry that has just not answered (`unavailable`).
   */
  refreshNow(): Promise<'current' | 'unavailable'>;
}

export interface EventTypesOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  /** What the view starts from, where the function has stored it. */
  readonly snapshot?: RegistrySnapshot;
  /** Default 2,000. */
  readonly maxStalenessMillis?: number;
  /** Default 500: an unknown type sent over and over asks twice a second. */
  readonly minForcedRefreshMillis?: number;
  /** Told of a type, `sdks.json` or the whole `registry` that cannot be used; what was good stays. */
  readonly onProblem?: (type: string) => void;
  /** Told of each version that a refresh brings. */
  readonly onVersion?: (version: number) => void;
}

/** How long a refresh that brings many types keeps requests waiting at a time, beside the work on one type. */
const maxBusyMillis = 5;

/** Makes the view. It is empty until a snapshot or a first refresh; `refreshNow()` once at start fills it. */
export function makeEventTypes(options: EventTypesOptions): EventTypes {
  const { registry, clock, maxStalenessMillis = 2_000, minForcedRefreshMillis = 500 } = options;
  const types = new Map<string, EventType>();
  /** What came first of all, until somebody asks for it or the view is refreshed: a start does not wait for every type. */
  const unread = new Map<string, ActiveRevision>();
  let sdks: SdkBindings = new Map();
  let realms: VerifiedRealms = new Map();
  let version = 0;
  let checkedMillis = Number.NEGATIVE_INFINITY;
  let failedMillis = Number.NEGATIVE_INFINITY;
  let inFlight: Promise<'current' | 'unavailable'> | undefined;

  function find(type: string): EventType | undefined {
    const active = unread.size === 0 ? undefined : unread.get(type);
    if (active === undefined) return types.get(type);
    unread.delete(type);
    use(active);
    return types.get(type);
  }

  function use(active: ActiveRevision): void {
    const known = find(active.type);
    if (known?.revision === active.revision) return;
    const eventType = readRevision(active, { compileNow: known !== undefined });
    if (eventType === undefined) options.onProblem?.(active.type);
    else types.set(active.type, eventType);
  }

  function useSdks(snapshot: RegistrySnapshot): void {
    const read = readSdkBindings(snapshot.sdks);
    const verified = readVerifiedRealms(snapshot.sdks);
    if (read.problems.length === 0) sdks = read.bindings;
    // With a mistake in it, too: a realm that is verified in part lets nobody in who should not be.
    ({ realms } = verified);
    if (read.problems.length + verified.problems.length > 0) options.onProblem?.('sdks.json');
  }

  /** Bindings first: new types name them. */
  async function apply(snapshot: RegistrySnapshot): Promise<void> {
    useSdks(snapshot);
    if (version === 0) keep(snapshot.revisions);
    else await inTurns(snapshot.revisions, use);
    version = snapshot.version;
    options.onVersion?.(version);
  }

  function keep(revisions: readonly ActiveRevision[]): void {
    for (const active of revisions) unread.set(active.type, active);
  }

  /** Lets requests through in between, however many there are. */
  async function inTurns(revisions: Iterable<ActiveRevision>, work: (active: ActiveRevision) => void): Promise<void> {
    let pausedMillis = clock.nowMillis();
    for (const active of revisions) {
      work(active);
      if (clock.nowMillis() - pausedMillis < maxBusyMillis) continue;
      await new Promise<void>((resolve) => setImmediate(resolve));
      pausedMillis = clock.nowMillis();
    }
  }

  async function ask(): Promise<'current' | 'unavailable'> {
    try {
      const answer = await registry.read(version === 0 ? undefined : version);
      if (answer !== 'unchanged') await apply(answer);
      checkedMillis = clock.nowMillis();
      return 'current';
    } catch (error) {
      // Nonsense in the registry is like no answer: what is known stays, and it is not asked for at every request.
      if (!(error instanceof Unavailable)) options.onProblem?.('registry');
      failedMillis = clock.nowMillis();
      return 'unavailable';
    } finally {
      inFlight = undefined;
    }
  }

  function refresh(): Promise<'current' | 'unavailable'> {
    inFlight ??= ask();
    return inFlight;
  }

  if (options.snapshot !== undefined) {
    useSdks(options.snapshot);
    keep(options.snapshot.revisions);
    version = options.snapshot.version;
  }
  return {
    get: find,
    get sdks() {
      return sdks;
    },
    get realms() {
      return realms;
    },
    get version() {
      return version;
    },
    refreshIfStale() {
      const nowMillis = clock.nowMillis();
      if (inFlight !== undefined || nowMillis - checkedMillis < maxStalenessMillis) return;
      if (nowMillis - failedMillis < minForcedRefreshMillis) return;
      refresh().then(() => inTurns(unread.values(), ({ type }) => find(type)));
    },
    async refreshIfOlder(maxAgeMillis) {
      const nowMillis = clock.nowMillis();
      if (nowMillis - checkedMillis <= maxAgeMillis || nowMillis - failedMillis < minForcedRefreshMillis) return;
      await refresh().catch(() => options.onProblem?.('registry'));
    },
    async refreshNow() {
      const nowMillis = clock.nowMillis();
      if (nowMillis - checkedMillis < minForcedRefreshMillis) return 'current';
      if (nowMillis - failedMillis < minForcedRefreshMillis) return 'unavailable';
      return refresh();
    },
  };
}

/** Undefined for a revision that cannot be used; one that does not compile is found out with `compileNow` only. */
function readRevision(active: ActiveRevision, { compileNow }: { compileNow: boolean }): EventType | undefined {
  let compiled: Validator | undefined;
  const validator = () => {
    compiled ??= compileValidator(active.schema);
    return compiled;
  };
  try {
    const result = readEventSchema(active.schema);
    if (result.kind === 'bad' || result.eventSchema.edi.type !== active.type) return undefined;
    if (compileNow) validator();
    const { isAlpha, keptDays, subjectRealm, flat, edi, payload, columns, schema } = result.eventSchema;
    const { revision } = active;
    const validate: Validator = (data) => validator()(data);
    // Written out, and what every event asks for first: of a spread V8 keeps what is added in another object.
    return { revision, isAlpha, keptDays, subjectRealm, flat, edi, payload, columns, schema, validate };
  } catch {
    return undefined;
  }
}
