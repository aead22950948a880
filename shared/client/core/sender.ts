import { bodyOf, lossesOf } from './event-text.ts';
import { judge } from './judge.ts';
import { asked, failed, makePauses } from './pauses.ts';
import type {
  Appended,
  ClientClock,
  Draft,
  Durability,
  Loss,
  Opened,
  Reply,
  SealedBatch,
  Store,
  StoredEvent,
  Transport,
  Turns,
} from './ports.ts';
import { backoffMillis, builtInPolicy, type ClientSettings, parseJson, readPolicy } from './settings.ts';
import type { SenderState, Teller } from './teller.ts';

export interface SenderPorts {
  readonly transport: Transport;
  readonly clock: ClientClock;
  readonly chance: () => number;
  readonly settings: ClientSettings;
  readonly teller: Teller;
  /** The way is free: what was given up can be reported. True when that made an event. */
  report(store: Store): Promise<boolean>;
}

/** A queue, and what sends it, a batch at a time, when this client has its turn. */
export interface Sender {
  readonly store: Store;
  /** What is appended is sent after `lingerMillis`, and what comes meanwhile goes along. */
  append(drafts: readonly Draft[], losses: readonly Loss[]): Promise<Appended & { readonly durability: Durability }>;
  /** Sends when it is this client's turn, until it is stopped. */
  start(): void;
  /**
   * Tries now what waits for its next try, but for `Retry-After`, and tells whoever has the turn. Resolves when there is
   * nothing to do but to wait, with how many events are left.
   */
  flush(): Promise<number>;
  /** Ends what is on its way: its outcome is unknown. */
  stop(): Promise<void>;
}

/** Of a client that has its storage to itself. */
export const alone: Turns = {
  lead(begin) {
    begin();
    return () => {};
  },
  tell() {},
};

type Events = readonly StoredEvent[];

const minuteMillis = 60_000;
const dayMillis = 86_400_000;
/** Other clients of the storage may have appended something unheard. */
const lookAgainMillis = 600_000;

/** Sends what is in a queue. Its pauses outlive a stop: what a receiver asked for holds for whoever starts again. */
export function makeSender({ store, turns }: Opened, ports: SenderPorts): Sender {
  const { transport, clock, settings, teller } = ports;
  const pauses = makePauses(clock);
  let abort = new AbortController();
  let running: Promise<void> | undefined;
  let leave: (() => void) | undefined;
  /** The last that was answered, to this client or an earlier one, or the built-in one. */
  let policy = builtInPolicy;
  /** NaN: never; it is within no time of anything. */
  let askedMillis = NaN;
  let failures = 0;
  let refusals = 0;
  let refusedStatus = 0;
  let isHurried = false;
  let isWaking = false;
  let endPause = () => {};
  let resting: (() => void)[] = [];

  const tellState = (state: SenderState) => teller.tell('state', { state, durability: store.durability });

  /** Asks for the policy in the background, where nobody has for as long. Without an answer the old one holds. */
  function refreshPolicy(afterMillis: number): void {
    const nowMillis = clock.nowMillis();
    if (Math.abs(nowMillis - askedMillis) < afterMillis) return;
    askedMillis = nowMillis;
    const use = (answer: unknown) => {
      if (!answer) return;
      policy = readPolicy(answer);
      return store.note(JSON.stringify(policy));
    };
    transport
      .policy()
      .then(use)
      .catch(() => {});
  }

  /** What waited too long is given up, and not sent: dedup would not know it again. */
  async function deliver(batch: SealedBatch): Promise<void> {
    const { id, events } = batch;
    const oldestMillis = clock.nowMillis() - Math.min(settings.maxAgeDays, policy.giveUpAfterDays) * dayMillis;
    // But for reports, which would take what they count with them.
    const isOld = ({ priority, atMillis }: StoredEvent) => priority < 3 && atMillis < oldestMillis;
    const losses = lossesOf(events.filter(isOld), 'age');
    if (losses.length) {
      await divide(batch, [events.filter((event) => !isOld(event))], 0, losses);
      return teller.lost(losses);
    }
    tellState({ kind: 'sending' });
    const { signal } = abort;
    const reply: Reply = await transport
      .send({ body: bodyOf(events), token: events[0]?.token, signal })
      .catch(() => ({ status: 0 }));
    if (signal.aborted) return;
    const { status, retryAfterMillis = 0 } = reply;
    const verdict = judge(reply, events);
    const tried = pauses.tried(id) + 1;
    if (typeof verdict === 'object') {
      const { rejected, again } = verdict;
      const sent = events.length - again.length - rejected.length;
      await divide(batch, [again], tried);
      teller.count('sent', sent);
      teller.count('rejected', rejected.length, { rejections: rejected });
      if (again.length < events.length) {
        failures = refusals = 0;
        await ports.report(store).catch(() => {});
      }
    } else if (verdict === 'halve') {
      refreshPolicy(minuteMillis);
      await halve(batch, 0);
    } else if (verdict === 'refused') {
      refusedStatus = status;
      pauses.pause(failed, Math.min(settings.refusedPauseMillis * 2 ** refusals++, policy.maxDelayMillis));
    } else {
      const failsAgain = verdict === 'failed' && tried >= settings.isolateAfter;
      // What fails alone, again and again, is the cause itself: others need not wait until it passes.
      const isCause = failsAgain && events.length === 1;
      if (!isCause) failures++;
      pauses.pause(failed, Math.min(delayMillis(failures), isCause ? minuteMillis : dayMillis));
      pauses.pause(asked, Math.min(retryAfterMillis, dayMillis));
      if (failsAgain && !isCause) await halve(batch, tried);
      else pauses.pause(id, delayMillis(tried), tried);
    }
  }

  function halve(batch: SealedBatch, tried: number): Promise<void> {
    const middle = Math.ceil(batch.events.length / 2);
    return divide(batch, [batch.events.slice(0, middle), batch.events.slice(middle)], tried);
  }

  /** Ends a batch, and puts off those that go on from it, where they were tried. */
  async function divide(batch: SealedBatch, into: Events[], tried: number, losses?: Loss[]): Promise<void> {
    const parts = into.filter(({ length }) => length);
    for (const id of await store.settle(batch, parts, losses)) if (tried) pauses.pause(id, delayMillis(tried), tried);
    pauses.forget(batch.id);
  }

  function delayMillis(tried: number): number {
    return backoffMillis(policy, tried, ports.chance());
  }

  /** For how long nothing is sent: something failed, or the receiver asks for it. */
  const pausedMillis = () => Math.max(pauses.left(failed), pauses.left(asked));

  /** One thing that can be done now; else how long there is nothing to do. */
  async function step(): Promise<number> {
    const waitMillis = pausedMillis();
    if (waitMillis > 0) return waitMillis;
    // No batch has this id.
    let first = failed;
    let nextMillis = Infinity;
    for (const id of await store.batches()) {
      const millis = pauses.left(id);
      if (millis >= nextMillis) continue;
      first = id;
      nextMillis = millis;
    }
    const old = async () => (nextMillis > 0 ? undefined : store.read(first));
    // After a failure the other kind has its turn: no batch stands in the way.
    const batch = (failures % 2 ? undefined : await old()) ?? (await store.seal(policy)) ?? (await old());
    if (batch) {
      refreshPolicy(settings.policyMillis);
      await deliver(batch);
      return 0;
    }
    if (nextMillis < lookAgainMillis) return nextMillis;
    // Nothing waits: what was given up last has nothing else that could show it the way.
    return (await ports.report(store)) ? 0 : nextMillis;
  }

  /** How it looks while there is nothing to do for this time. */
  function restingState(millis: number): SenderState {
    if (refusals && pausedMillis() > 0) return { kind: 'refused', status: refusedStatus, millis };
    return millis < Infinity ? { kind: 'waiting', millis } : { kind: 'idle' };
  }

  async function run(): Promise<void> {
    abort = new AbortController();
    const { signal } = abort;
    const kept = await store.state().catch(() => undefined);
    policy = readPolicy(parseJson(kept?.note));
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => (endPause = resolve));
      // A store that fails is asked again: nothing is known to be sent that it did not forget.
      const waitMillis = await step().catch(() => minuteMillis);
      if (!waitMillis || signal.aborted) continue;
      if (isHurried) {
        isHurried = false;
        pauses.skip();
        refusals = 0;
        continue;
      }
      tellState(restingState(waitMillis));
      for (const rest of resting) rest();
      resting = [];
      const cancel = clock.after(Math.min(waitMillis, lookAgainMillis), endPause);
      await woken;
      cancel();
    }
  }

  function goOn(): void {
    isWaking = false;
    endPause();
  }

  function wake(): void {
    if (!isWaking) clock.after(settings.lingerMillis, goOn);
    isWaking = true;
  }

  return {
    store,
    async append(drafts, losses) {
      const appended = await store.append(drafts, settings, losses);
      wake();
      turns.tell();
      return { ...appended, durability: store.durability };
    },
    start() {
      leave ??= turns.lead(() => {
        running = run();
      }, wake);
    },
    async flush() {
      isHurried = true;
      goOn();
      if (running) await Promise.race([running, new Promise<void>((resolve) => resting.push(resolve))]);
      turns.tell();
      const state = await store.state().catch(() => undefined);
      return state?.events ?? 0;
    },
    async stop() {
      abort.abort();
      goOn();
      await running;
      leave?.();
      running = leave = undefined;
    },
  };
}
