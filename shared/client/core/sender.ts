import { bodyOf, lossesOf } from './event-text.ts';
import { judge } from './judge.ts';
import { makePauses } from './pauses.ts';
import { makePolicySource } from './policy-source.ts';
import type { ClientClock, ClientRandom, Loss, Reply, SealedBatch, Store, StoredEvent, Transport } from './ports.ts';
import { backoffMillis, type ClientSettings } from './settings.ts';
import type { Teller } from './teller.ts';

export type SenderState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'sending' }
  /** Something failed; it is tried again after this time, or when somebody asks for it. */
  | { readonly kind: 'waiting'; readonly millis: number }
  /** 401 or 403: events are kept, and it is tried again after this time. */
  | { readonly kind: 'refused'; readonly status: number; readonly millis: number };

export interface SenderPorts {
  readonly store: Store;
  readonly transport: Transport;
  readonly clock: ClientClock;
  readonly random: ClientRandom;
  readonly settings: ClientSettings;
  readonly teller: Teller;
  /** The way is free: what was given up can be reported. True when that made an event. */
  report(store: Store): Promise<boolean>;
}

export interface Sender {
  /** Something was appended: it is sent after `lingerMillis`, and what comes meanwhile goes along. */
  wake(): void;
  /** Tries now what waits for its next try, but for `Retry-After`; resolves when there is nothing to do but to wait. */
  flush(): Promise<void>;
  /** Ends what is on its way: its outcome is unknown. */
  stop(): Promise<void>;
}

type Events = readonly StoredEvent[];

const minuteMillis = 60_000;
const dayMillis = 86_400_000;
/** Other clients of the storage may have appended something unheard. */
const lookAgainMillis = 600_000;

/** Sends what is in a store, a batch at a time, until it is stopped. */
export function makeSender(ports: SenderPorts): Sender {
  const { store, transport, clock, settings, teller } = ports;
  const pauses = makePauses(clock);
  const policy = makePolicySource(ports);
  const abort = new AbortController();
  const { signal } = abort;
  let failures = 0;
  let refusals = 0;
  let refusedStatus = 0;
  let isHurried = false;
  let isWoken = false;
  let isWaking = false;
  let endPause = () => {};
  let resting: (() => void)[] = [];

  const tellState = (state: SenderState) => teller.tell('state', { state, durability: store.durability });

  /** A batch whose time has come, or a new one. After a failure the other kind has its turn: no batch stands in the way. */
  async function choose(): Promise<SealedBatch | undefined> {
    const due = pauses.due(await store.batches());
    const { maxRequestEvents: maxBatchEvents, maxBodyBytes: maxBatchBytes } = policy.current().limits;
    const fresh = () => store.seal({ maxBatchEvents, maxBatchBytes });
    const old = async () => (due === undefined ? due : store.read(due));
    return failures % 2 ? ((await fresh()) ?? old()) : ((await old()) ?? fresh());
  }

  /** What waited too long is given up, and not sent: dedup would not know it again. */
  async function deliver(batch: SealedBatch): Promise<void> {
    const { id, events } = batch;
    const days = Math.min(settings.maxAgeDays, policy.current().retry.giveUpAfterDays);
    const oldestMillis = clock.nowMillis() - days * dayMillis;
    const old = events.filter(({ atMillis }) => atMillis < oldestMillis);
    if (old.length > 0) {
      const losses = lossesOf(old, 'age');
      await divide(batch, [events.filter(({ atMillis }) => atMillis >= oldestMillis)], 0, losses);
      return teller.lost(losses);
    }
    tellState({ kind: 'sending' });
    const request = { body: bodyOf(events), token: events[0]?.token, signal };
    const reply: Reply = await transport.send(request).catch(() => ({ status: 0 }));
    if (signal.aborted) return;
    const { status, retryAfterMillis = 0 } = reply;
    const verdict = judge(reply, events);
    const { kind } = verdict;
    const tried = pauses.tried(id) + 1;
    if (kind === 'decided') {
      const { rejected, again } = verdict;
      const sent = events.length - again.length - rejected.length;
      await divide(batch, [again], tried);
      teller.tell('sent', { events: sent }, sent);
      teller.tell('rejected', { rejections: rejected }, rejected.length);
      if (sent + rejected.length === 0) return;
      failures = 0;
      refusals = 0;
      await ports.report(store);
    } else if (kind === 'halve') {
      policy.refresh(minuteMillis);
      await halve(batch, 0);
    } else if (kind === 'refused') {
      refusedStatus = status;
      const millis = settings.refusedPauseMillis * 2 ** refusals++;
      pauses.set('failed', Math.min(millis, policy.current().retry.maxDelayMillis));
    } else {
      failures++;
      pauses.set('failed', delayMillis(failures));
      if (retryAfterMillis > 0) pauses.set('asked', Math.min(retryAfterMillis, dayMillis));
      if (verdict.isJudged && tried >= settings.isolateAfter && events.length > 1) await halve(batch, tried);
      else pauses.set(id, delayMillis(tried), tried);
    }
  }

  function halve(batch: SealedBatch, tried: number): Promise<void> {
    const middle = Math.ceil(batch.events.length / 2);
    return divide(batch, [batch.events.slice(0, middle), batch.events.slice(middle)], tried);
  }

  /** Ends a batch, and puts off those that go on from it, where they were tried. */
  async function divide(batch: SealedBatch, into: Events[], tried: number, losses?: Loss[]): Promise<void> {
    const ids = await store.settle(
      batch,
      into.filter((events) => events.length > 0),
      losses,
    );
    for (const id of ids) if (tried > 0) pauses.set(id, delayMillis(tried), tried);
  }

  function delayMillis(tried: number): number {
    const [a = 0, b = 0] = ports.random.bytes(2);
    return backoffMillis(policy.current(), tried, (a * 256 + b) / 65_536);
  }

  /** One thing that can be done now; else how long there is nothing to do. */
  async function step(): Promise<number> {
    const waitMillis = pauses.all();
    if (waitMillis > 0) return waitMillis;
    const batch = await choose();
    if (batch) {
      policy.refresh();
      await deliver(batch);
      return 0;
    }
    const nextMillis = pauses.next();
    if (nextMillis < lookAgainMillis) return nextMillis;
    // Nothing waits: what was given up last has nothing else that could show it the way.
    return (await ports.report(store)) ? 0 : lookAgainMillis;
  }

  /** How it looks while there is nothing to do. */
  function restingState(): SenderState {
    const allMillis = pauses.all();
    const nextMillis = pauses.next();
    if (allMillis > 0 && refusals > 0) return { kind: 'refused', status: refusedStatus, millis: allMillis };
    const millis = Math.max(allMillis, Number.isFinite(nextMillis) ? nextMillis : 0);
    return millis > 0 ? { kind: 'waiting', millis } : { kind: 'idle' };
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      isWoken = false;
      // A store that fails is asked again: nothing is known to be sent that it did not forget.
      const waitMillis = await step().catch(() => minuteMillis);
      if (waitMillis === 0 || signal.aborted) continue;
      if (isHurried) {
        isHurried = false;
        pauses.skip();
        refusals = 0;
        continue;
      }
      tellState(restingState());
      for (const rest of resting) rest();
      resting = [];
      if (!isWoken) await pause(waitMillis);
    }
  }

  async function pause(millis: number): Promise<void> {
    let cancel = () => {};
    await new Promise<void>((resolve) => {
      endPause = resolve;
      cancel = clock.after(Math.min(millis, dayMillis), resolve);
    });
    cancel();
  }

  function goOn(): void {
    isWoken = true;
    isWaking = false;
    endPause();
  }

  const running = run();
  return {
    wake() {
      if (!isWaking) clock.after(settings.lingerMillis, goOn);
      isWaking = true;
    },
    flush() {
      isHurried = true;
      const rested = new Promise<void>((resolve) => resting.push(resolve));
      goOn();
      return Promise.race([rested, running]);
    },
    stop() {
      abort.abort();
      goOn();
      return running;
    },
  };
}
