import { makeConnection } from './connection.ts';
import { groupOf, lossesOf, makeDraft, utf8Bytes } from './event-text.ts';
import { makeInTurn } from './in-turn.ts';
import type { ClientPorts, Draft, Durability, Loss, LossReason, Priority, Store } from './ports.ts';
import { builtInPolicy, type ClientSettings, defaultSettings } from './settings.ts';
import { type Counts, type Listeners, makeTeller } from './teller.ts';

interface TrackOptions {
  /** The data subject: a customer's number. */
  readonly subject?: string;
  /** Of a full queue `low` goes first, `high` last. Default `normal`. */
  readonly priority?: 'low' | 'normal' | 'high';
}

/** What became of a tracked event by the time that it is safe, or is known not to be. */
export type Tracked =
  /** It is kept, outlives what `durability` says, and will be sent or counted as dropped. */
  | { readonly kind: 'kept'; readonly id: string; readonly durability: Durability }
  | { readonly kind: 'dropped'; readonly reason: LossReason }
  /** There is no consent, or the client is closed: nothing was kept or counted. */
  | { readonly kind: 'refused'; readonly reason: 'no-consent' | 'closed' };

/** An event that has its identity already, such as a line of a file. */
export interface FinishedEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
}

interface PutOptions extends Pick<TrackOptions, 'priority'> {
  /** The event's JSON, to be sent to the byte: without it, what `JSON.stringify` makes of the event. */
  readonly text?: string;
}

export interface Client<Events extends object = Record<string, object>> {
  /**
   * Takes an event. Never throws and never blocks: what is wrong is in what the promise resolves with, and it never
   * rejects. It need not be awaited.
   */
  track<Type extends keyof Events & string>(type: Type, data: Events[Type], options?: TrackOptions): Promise<Tracked>;
  /** Takes an event as it is, with its own id, source and time. Everything of `track` holds but for `sequence`. */
  put(event: FinishedEvent, options?: PutOptions): Promise<Tracked>;
  /** Sends now, whatever failed before; resolves, with what is left, when all was tried. `Retry-After` is obeyed. */
  flush(): Promise<{ readonly queued: number }>;
  /** Takes no more events, gives those that are left one more try, and ends. What is not sent is kept. */
  close(): Promise<void>;
  /** Calls `listener` with what happens; the function that is returned ends that. */
  on<Name extends keyof Listeners>(name: Name, listener: Listeners[Name]): () => void;
  /** Withdrawn: all that is kept is forgotten, here and in other tabs, and nothing is kept or sent until it is given. */
  setConsent(given: boolean): Promise<void>;
  /** A new installation: another `source`, counted from 0. What is queued is sent as what it is. */
  reset(): Promise<void>;
  /** Proof that the client speaks for a subject; goes with events that are tracked from now on. */
  setSubjectToken(token: string | undefined): void;
  /** Since the client was made. */
  counts(): Counts;
}

export interface CoreOptions extends Partial<ClientSettings> {
  readonly subjectToken?: string;
  /** False: nothing is kept until `setConsent(true)`. Default: what was said last, at first true. */
  readonly consent?: boolean;
}

interface Waiting {
  readonly draft: Draft;
  resolve(tracked: Tracked): void;
}

const priorities: Readonly<Record<string, Priority>> = { low: 0, normal: 1, high: 2 };

/** The client over its ports; `createClient` of Node and of browsers give it theirs. */
export function makeClient<Events extends object>(ports: ClientPorts, options: CoreOptions = {}): Client<Events> {
  const { clock, random } = ports;
  const settings: ClientSettings = { ...defaultSettings, ...defined(options) };
  const teller = makeTeller();
  const connection = makeConnection({ ...ports, settings, teller, report });
  let token = options.subjectToken;
  let isClosed = false;
  let hasConsent = options.consent;
  /** Events that go into the queue together, next. */
  let open: Waiting[] | undefined;
  const waiting = { events: 0, bytes: 0 };
  /** Operations on the queue follow one another, once it is open. */
  const inTurn = makeInTurn(
    connection.opened.then(async ({ store }) => {
      if (hasConsent !== undefined) await store.setConsent(hasConsent);
      hasConsent = await store.consent();
      if (hasConsent) await connection.start();
    }),
  );

  function drop(type: string, reason: LossReason): Promise<Tracked> {
    const losses = lossesOf([{ type }], reason);
    teller.lost(losses);
    inTurn(async () => (await connection.opened).store.lose(losses)).catch(() => undefined);
    return Promise.resolve({ kind: 'dropped', reason });
  }

  function take(type: string, make: () => Draft | undefined): Promise<Tracked> {
    if (isClosed) return Promise.resolve({ kind: 'refused', reason: 'closed' });
    if (hasConsent === false) return Promise.resolve({ kind: 'refused', reason: 'no-consent' });
    const draft = make();
    if (draft === undefined) return drop(type, 'data');
    const bytes = draft.text.length;
    if (bytes * 3 > maxTextBytes && utf8Bytes(draft.text) > maxTextBytes) return drop(type, 'size');
    // Storage that does not answer must not fill the memory.
    if (waiting.events >= 2 * settings.maxEvents) return drop(type, 'count');
    if (waiting.bytes + bytes > 2 * settings.maxBytes) return drop(type, 'bytes');
    waiting.events++;
    waiting.bytes += bytes;
    return new Promise((resolve) => {
      if (open === undefined) {
        open = [];
        schedule(open);
      }
      open.push({ draft, resolve });
    });
  }

  /** All that is tracked meanwhile is kept in one go. */
  function schedule(group: Waiting[]): void {
    inTurn(() => {
      if (open === group) open = undefined;
      return keep(group);
    }).catch(() => undefined);
  }

  async function keep(taken: readonly Waiting[]): Promise<void> {
    const drafts = taken.map(({ draft }) => draft);
    waiting.events -= drafts.length;
    for (const { text } of drafts) waiting.bytes -= text.length;
    const { appended, durability } = await connection.append(drafts);
    const kept = new Set(appended.kept.map(({ id }) => id));
    for (const { draft, resolve } of taken) {
      const { id } = draft;
      if (appended.withdrawn) resolve({ kind: 'refused', reason: 'no-consent' });
      else if (kept.has(id)) resolve({ kind: 'kept', id, durability });
      else resolve({ kind: 'dropped', reason: appended.losses[0]?.reason ?? 'count' });
    }
    teller.queued(kept.size);
    teller.lost(appended.losses);
  }

  /** What was given up becomes an event of its own, of the highest priority, and is taken off the count in one go. */
  async function report(store: Store): Promise<boolean> {
    const losses = (await store.losses()).slice(0, maxReportedLosses);
    if (losses.length === 0 || settings.reportType === '') return false;
    const draft = reportDraft(losses);
    if (draft === undefined) return false;
    const { kept, losses: lost } = await store.append([draft], settings, losses);
    teller.lost(lost);
    return kept.length > 0;
  }

  function reportDraft(losses: readonly Loss[]): Draft | undefined {
    const data = { dropped: losses };
    const report = { type: settings.reportType, data, subject: undefined, token: undefined, priority: 3 as const };
    return makeDraft({ ...report, oneSubject: settings.oneSubject }, clock, random);
  }

  async function flush(): Promise<{ queued: number }> {
    await inTurn(async () => undefined);
    return { queued: hasConsent === false ? 0 : await connection.flush() };
  }

  return {
    track(type, data, options) {
      // Pages without a compiler give null, too.
      const { subject, priority = 'normal' } = options ?? {};
      const event = {
        type,
        data,
        subject,
        token,
        priority: priorities[priority] ?? 1,
        oneSubject: settings.oneSubject,
      };
      return take(type, () => makeDraft(event, clock, random));
    },
    put(event, options) {
      const { priority = 'normal', text } = options ?? {};
      return take(String(event?.type), () => finished(event, priorities[priority] ?? 1, text));
    },
    flush,
    async close() {
      if (isClosed) return;
      isClosed = true;
      const flushed = flush().catch(() => undefined);
      await Promise.race([flushed, new Promise<void>((done) => clock.after(settings.closeTimeoutMillis, done))]);
      await inTurn(connection.close);
    },
    on: teller.on,
    setConsent(given) {
      hasConsent = given;
      return inTurn(async () => {
        if (given && !isClosed) await connection.allow();
        else if (!given) await connection.forget();
      });
    },
    reset() {
      // What is tracked from here on is kept after the restart.
      open = undefined;
      return inTurn(async () => (await connection.opened).store.restart());
    },
    setSubjectToken(given) {
      token = given;
    },
    counts: teller.counts,
  };

  function finished(event: FinishedEvent, priority: Priority, given?: string): Draft | undefined {
    try {
      const { id, type, subject } = event;
      const group = groupOf({ subject, token, oneSubject: settings.oneSubject });
      // A line feed is whitespace in JSON, but ends a record of a queue.
      const text = given?.replaceAll('\n', ' ') ?? JSON.stringify(event);
      return { id, type, text, whole: true, priority, atMillis: clock.nowMillis(), ...group };
    } catch {
      return undefined;
    }
  }
}

/** Types and reasons of one report; more of them make another. */
const maxReportedLosses = 100;
/** A request holds no more; beside the text it has source, sequence and brackets. */
const maxTextBytes = builtInPolicy.limits.maxBodyBytes - 1_024;

/** Without settings that are given as undefined. */
function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
