import { bodyOf } from './event-text.ts';
import { judge, type Rejection, type Verdict } from './judge.ts';
import { makePauses } from './pauses.ts';
import type { PolicySource } from './policy-source.ts';
import type { ClientClock, ClientRandom, Loss, Reply, SealedBatch, Store, StoredEvent, Transport } from './ports.ts';
import { backoffMillis, type ClientSettings } from './settings.ts';

export type SenderState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'sending' }
  /** Something failed; it is tried again after this time, or when somebody asks for it. */
  | { readonly kind: 'waiting'; readonly millis: number }
  /** 401 or 403: events are kept, and it is tried again after this time. */
  | { readonly kind: 'refused'; readonly status: number; readonly millis: number };

/** What a sender tells of. */
interface SenderEvents {
  sent(events: number): void;
  rejected(rejections: readonly Rejection[]): void;
  lost(losses: readonly Loss[]): void;
  state(state: SenderState): void;
  /** The way is free: what was given up can be reported. True when that made an event. */
  free(): Promise<boolean>;
}

export interface SenderPorts {
  readonly store: Store;
  readonly transport: Transport;
  readonly clock: ClientClock;
  readonly random: ClientRandom;
  readonly settings: ClientSettings;
  readonly policy: PolicySource;
  readonly tell: SenderEvents;
}

export interface Sender {
  /** Something was appended. */
  wake(): void;
  /** Tries now what waits for its next try, but for `Retry-After`; resolves when there is nothing to do but to wait. */
  flush(): Promise<void>;
  /** Ends what is on its way: its outcome is unknown. */
  stop(): Promise<void>;
}

const minuteMillis = 60_000;
const dayMillis = 86_400_000;
/** Other clients of the storage may have appended something unheard; and what is too old has to go. */
const lookAgainMillis = 600_000;

/** Sends what is in a store, a batch at a time, until it is stopped. */
export function makeSender(ports: SenderPorts): Sender {
  const { store, transport, clock, settings, policy, tell } = ports;
  const pauses = makePauses(clock);
  const attempts = new Map<number, number>();
  const abort = new AbortController();
  let failures = 0;
  let refusals = 0;
  let refusedStatus = 0;
  let lastExpiryMillis = Number.NEGATIVE_INFINITY;
  let isHurried = false;
  let isWoken = false;
  let isLingering = false;
  let endPause: (() => void) | undefined;
  let resting: (() => void)[] = [];

  function chance(): number {
    const [a = 0, b = 0] = ports.random.bytes(2);
    return (a * 256 + b) / 65_536;
  }

  function pause(millis: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(Math.min(millis, dayMillis), end);
      endPause = end;
      function end() {
        cancel();
        endPause = undefined;
        resolve();
      }
    });
  }

  async function expire(): Promise<void> {
    const nowMillis = clock.nowMillis();
    if (Math.abs(nowMillis - lastExpiryMillis) < lookAgainMillis) return;
    lastExpiryMillis = nowMillis;
    const days = Math.min(settings.maxAgeDays, policy.current().retry.giveUpAfterDays);
    tell.lost(await store.expire(nowMillis - days * dayMillis));
  }

  /** A batch whose time has come, or a new one. After a failure the other kind has its turn: no batch stands in the way. */
  async function choose(): Promise<SealedBatch | undefined> {
    const ids = await store.batches();
    pauses.keep(ids);
    for (const id of attempts.keys()) if (!ids.includes(id)) attempts.delete(id);
    const [due] = ids.filter((id) => pauses.millis(id) === 0).sort((a, b) => pauses.order(a) - pauses.order(b));
    const { maxRequestEvents, maxBodyBytes } = policy.current().limits;
    const fresh = () => store.seal({ maxBatchEvents: maxRequestEvents, maxBatchBytes: maxBodyBytes });
    const old = async () => (due === undefined ? undefined : store.read(due));
    return failures % 2 === 1 ? ((await fresh()) ?? (await old())) : ((await old()) ?? (await fresh()));
  }

  async function deliver(batch: SealedBatch): Promise<void> {
    const request = { body: bodyOf(batch.events), token: batch.events[0]?.token, signal: abort.signal };
    const reply: Reply = await transport.send(request).catch(() => ({ kind: 'none', why: 'network' }));
    if (abort.signal.aborted) return;
    await settle(batch, judge(reply, batch.events.length));
  }

  async function settle(batch: SealedBatch, verdict: Verdict): Promise<void> {
    if (verdict.kind === 'decided') return decided(batch, verdict);
    if (verdict.kind === 'smaller') {
      policy.refresh(minuteMillis);
      if (batch.events.length > 1) return halve(batch, 0);
      if (verdict.isFinal) return refuse(batch, `status-${verdict.status}`);
      return again(batch, { kind: 'unknown', isJudged: true, retryAfterMillis: 0 });
    }
    if (verdict.kind === 'unknown') return again(batch, verdict);
    refusals++;
    refusedStatus = verdict.status;
    pauses.all(Math.min(settings.refusedPauseMillis * 2 ** (refusals - 1), policy.current().retry.maxDelayMillis));
  }

  async function decided(
    { id, events }: SealedBatch,
    { rejected, again: later }: Extract<Verdict, { kind: 'decided' }>,
  ) {
    const rejections = rejected.flatMap(({ index, reason, errors }) => {
      const event = events[index];
      return event === undefined ? [] : [{ id: event.id, type: event.type, reason, errors }];
    });
    const rest = later.flatMap((index) => events[index] ?? []);
    const [next] = await store.settle(id, rest.length > 0 ? [rest] : []);
    if (next !== undefined) putOff(next, (attempts.get(id) ?? 0) + 1);
    const sent = events.length - rest.length - rejections.length;
    tell.sent(sent);
    tell.rejected(rejections);
    if (sent + rejections.length === 0) return;
    failures = 0;
    refusals = 0;
    await tell.free();
  }

  async function refuse({ id, events }: SealedBatch, reason: string): Promise<void> {
    await store.settle(id, []);
    tell.rejected(events.map((event) => ({ id: event.id, type: event.type, reason, errors: [] })));
  }

  async function halve({ id, events }: SealedBatch, tried: number): Promise<void> {
    const middle = Math.ceil(events.length / 2);
    const halves: StoredEvent[][] = [events.slice(0, middle), events.slice(middle)];
    for (const half of await store.settle(id, halves)) if (tried > 0) putOff(half, tried);
  }

  async function again(batch: SealedBatch, verdict: Extract<Verdict, { kind: 'unknown' }>): Promise<void> {
    const tried = (attempts.get(batch.id) ?? 0) + 1;
    failures++;
    pauses.all(backoffMillis(policy.current(), failures, chance()));
    if (verdict.retryAfterMillis > 0) pauses.atLeast(Math.min(verdict.retryAfterMillis, dayMillis));
    if (verdict.isJudged && tried >= settings.isolateAfter && batch.events.length > 1) return halve(batch, tried);
    putOff(batch.id, tried);
  }

  function putOff(id: number, tried: number): void {
    attempts.set(id, tried);
    pauses.one(id, backoffMillis(policy.current(), tried, chance()));
  }

  /** One thing that can be done now; else how long there is nothing to do. */
  async function step(): Promise<number> {
    await expire();
    const waitMillis = pauses.millis();
    if (waitMillis > 0) return waitMillis;
    const batch = await choose();
    if (batch === undefined) {
      const nextMillis = Math.min(lookAgainMillis, pauses.next());
      if (nextMillis < lookAgainMillis) return nextMillis;
      // Nothing waits: what was given up last has nothing else that could show it the way.
      return (await tell.free()) ? 0 : lookAgainMillis;
    }
    policy.refresh();
    tell.state({ kind: 'sending' });
    await deliver(batch);
    return 0;
  }

  /** How it looks while there is nothing to do. */
  function stateNow(): SenderState {
    const millis = pauses.millis();
    if (millis > 0 && refusals > 0) return { kind: 'refused', status: refusedStatus, millis };
    const nextMillis = Math.max(millis, Number.isFinite(pauses.next()) ? pauses.next() : 0);
    return nextMillis > 0 ? { kind: 'waiting', millis: nextMillis } : { kind: 'idle' };
  }

  /** What comes meanwhile goes along. */
  async function linger(): Promise<void> {
    isLingering = true;
    await pause(settings.lingerMillis);
    isLingering = false;
  }

  async function run(): Promise<void> {
    while (!abort.signal.aborted) {
      // A store that fails is asked again: nothing is known to be sent that it did not forget.
      const waitMillis = await step().catch(() => minuteMillis);
      if (waitMillis === 0 || abort.signal.aborted) continue;
      if (isHurried) {
        isHurried = false;
        pauses.skip();
        refusals = 0;
        continue;
      }
      tell.state(stateNow());
      const rested = resting;
      resting = [];
      for (const resolve of rested) resolve();
      if (!isWoken) await pause(waitMillis);
      if (!isWoken || abort.signal.aborted) continue;
      if (pauses.millis() === 0 && !isHurried) await linger();
      isWoken = false;
    }
    for (const resolve of resting) resolve();
  }

  const running = run();
  return {
    wake() {
      isWoken = true;
      if (!isLingering) endPause?.();
    },
    flush() {
      isHurried = true;
      const rested = new Promise<void>((resolve) => resting.push(resolve));
      endPause?.();
      return abort.signal.aborted ? Promise.resolve() : rested;
    },
    async stop() {
      abort.abort();
      endPause?.();
      await running;
    },
  };
}
