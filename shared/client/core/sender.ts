import { bodyOf, lossesOf } from './event-text.ts';
import { judge } from './judge.ts';
import { asked, failed, makePauses } from './pauses.ts';
import type { ClientClock, ClientRandom, Loss, Reply, SealedBatch, Store, StoredEvent, Transport } from './ports.ts';
import { backoffMillis, builtInPolicy, type ClientSettings, parseJson, readPolicy } from './settings.ts';
import type { SenderState, Teller } from './teller.ts';

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
  const abort = new AbortController();
  const { signal } = abort;
  /** The last that was answered, to this client or an earlier one, or the built-in one. */
  let policy = builtInPolicy;
  /** NaN: never; it is within no time of anything. */
  let askedMillis = Number.NaN;
  let failures = 0;
  let refusals = 0;
  let refusedStatus = 0;
  let isHurried = false;
  let isWaking = false;
  let endPause = () => {};
  let resting: (() => void)[] = [];

  const tellState = (state: SenderState) => teller.tell('state', { state, durability: store.durability });

  /** Asks for the policy in the background, where nobody has for as long. Without an answer the old one holds. */
  async function refreshPolicy(afterMillis: number): Promise<void> {
    const nowMillis = clock.nowMillis();
    if (Math.abs(nowMillis - askedMillis) < afterMillis) return;
    askedMillis = nowMillis;
    const answer = await transport.policy();
    if (answer === undefined) return;
    policy = readPolicy(answer);
    await store.note(JSON.stringify(policy));
  }

  /** A batch whose time has come, or a new one. After a failure the other kind has its turn: no batch stands in the way. */
  async function choose(): Promise<SealedBatch | undefined> {
    const due = pauses.due(await store.batches());
    const fresh = () => store.seal(policy);
    // No batch has an id below 0.
    const old = () => store.read(due ?? failed);
    return failures % 2 ? ((await fresh()) ?? old()) : ((await old()) ?? fresh());
  }

  /** What waited too long is given up, and not sent: dedup would not know it again. */
  async function deliver(batch: SealedBatch): Promise<void> {
    const { id, events } = batch;
    const oldestMillis = clock.nowMillis() - Math.min(settings.maxAgeDays, policy.giveUpAfterDays) * dayMillis;
    const isOld = ({ atMillis }: StoredEvent) => atMillis < oldestMillis;
    const losses = lossesOf(events.filter(isOld), 'age');
    if (losses.length > 0) {
      await divide(batch, [events.filter((event) => !isOld(event))], 0, losses);
      return teller.lost(losses);
    }
    tellState({ kind: 'sending' });
    const request = { body: bodyOf(events), token: events[0]?.token, signal };
    const reply: Reply = await transport.send(request).catch(() => ({ status: 0 }));
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
      if (again.length === events.length) return;
      failures = refusals = 0;
      await ports.report(store);
    } else if (verdict === 'halve') {
      refreshPolicy(minuteMillis).catch(() => {});
      await halve(batch, 0);
    } else if (verdict === 'refused') {
      refusedStatus = status;
      pauses.set(failed, Math.min(settings.refusedPauseMillis * 2 ** refusals++, policy.maxDelayMillis));
    } else {
      // What fails alone, again and again, is the cause itself: others need not wait until it passes.
      const isCause = verdict === 'failed' && events.length === 1 && tried > settings.isolateAfter;
      if (!isCause) failures++;
      pauses.set(failed, Math.min(delayMillis(failures), isCause ? minuteMillis : dayMillis));
      if (retryAfterMillis > 0) pauses.set(asked, Math.min(retryAfterMillis, dayMillis));
      if (verdict === 'failed' && tried >= settings.isolateAfter && events.length > 1) await halve(batch, tried);
      else pauses.set(id, delayMillis(tried), tried);
    }
  }

  function halve(batch: SealedBatch, tried: number): Promise<void> {
    const middle = Math.ceil(batch.events.length / 2);
    return divide(batch, [batch.events.slice(0, middle), batch.events.slice(middle)], tried);
  }

  /** Ends a batch, and puts off those that go on from it, where they were tried. */
  async function divide(batch: SealedBatch, into: Events[], tried: number, losses?: Loss[]): Promise<void> {
    const parts = into.filter((events) => events.length > 0);
    for (const id of await store.settle(batch, parts, losses)) if (tried > 0) pauses.set(id, delayMillis(tried), tried);
  }

  function delayMillis(tried: number): number {
    const [a = 0, b = 0] = ports.random.bytes(2);
    return backoffMillis(policy, tried, (a * 256 + b) / 65_536);
  }

  /** One thing that can be done now; else how long there is nothing to do. */
  async function step(): Promise<number> {
    const waitMillis = pauses.all();
    if (waitMillis > 0) return waitMillis;
    const batch = await choose();
    if (batch) {
      refreshPolicy(settings.policyMillis).catch(() => {});
      await deliver(batch);
      return 0;
    }
    const nextMillis = pauses.next();
    if (nextMillis < lookAgainMillis) return nextMillis;
    // Nothing waits: what was given up last has nothing else that could show it the way.
    return (await ports.report(store)) ? 0 : nextMillis;
  }

  /** How it looks while there is nothing to do for this time. */
  function restingState(millis: number): SenderState {
    if (refusals > 0 && pauses.all() > 0) return { kind: 'refused', status: refusedStatus, millis };
    return millis < Number.POSITIVE_INFINITY ? { kind: 'waiting', millis } : { kind: 'idle' };
  }

  async function run(): Promise<void> {
    const kept = await store.state().catch(() => undefined);
    policy = readPolicy(parseJson(kept?.note));
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        endPause = resolve;
      });
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
