import { finishDraft, lossesOf, utf8Bytes } from './event-text.ts';
import { makeInTurn } from './in-turn.ts';
import type { ClientPorts, Draft, Durability, Loss, LossReason, Opened, Store } from './ports.ts';
import { alone, makeSender, type Sender } from './sender.ts';
import { type ClientSettings, choose, defaultSettings } from './settings.ts';
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
  /** Takes no more events, gives those that are left one more try, and ends. What is not sent is kept. Twice is once. */
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

/** What goes into the queue together, next. */
interface Group {
  readonly drafts: Draft[];
  /** What never came so far, to be counted there. */
  readonly losses: Loss[];
  /** Of the texts, in UTF-16. */
  length: number;
  readonly appended: Promise<{
    /** Ids of those that are in it. */
    readonly kept: ReadonlySet<string>;
    readonly losses: readonly Loss[];
    readonly withdrawn?: true;
    readonly durability: Durability;
  }>;
}

interface Content {
  readonly type: string;
  readonly data: unknown;
  readonly subject?: string | undefined;
  readonly priority?: TrackOptions['priority'] | undefined;
}

/** Types and reasons of one report; more of them make another. */
const maxReportedLosses = 100;
/** A request holds no more, which is 1 MiB; 1 KiB of it is for source, sequence and brackets. */
const maxTextBytes = 1_047_552;

/** The client over its ports; `createClient` of Node and of browsers give it theirs. */
export function makeClient<Events extends object>(ports: ClientPorts, options: CoreOptions = {}): Client<Events> {
  const { clock, newId } = ports;
  const settings = choose<ClientSettings>(defaultSettings, options, (value) => value !== undefined);
  const teller = makeTeller();
  const inMemory = (): Opened => ({ store: ports.memory(), turns: alone });
  const senderOf = (queue: Opened) => makeSender(queue, { ...ports, settings, teller, report });
  /** What the durable queue could not take; it has no numbers, since those are kept there. */
  let spill = senderOf(inMemory());
  let { subjectToken: token, consent: hasConsent } = options;
  let closing: Promise<void> | undefined;
  let open: Group | undefined;
  /** Operations on the queue follow one another, once it is open. */
  const inTurn = makeInTurn(ports.open().catch(inMemory).then(senderOf));
  inTurn(async ({ store, start }) => {
    try {
      if (hasConsent !== undefined) await store.setConsent(hasConsent);
      const { consent } = await store.state();
      // What was said meanwhile has its turn after this.
      hasConsent ??= consent;
    } finally {
      // Also on a full disk: what is there can be sent, and without consent nothing is there.
      if (hasConsent !== false) start();
    }
  }).catch(() => {});

  async function take(type: unknown, make: () => Draft | undefined): Promise<Tracked> {
    if (closing) return { kind: 'refused', reason: 'closed' };
    if (hasConsent === false) return { kind: 'refused', reason: 'no-consent' };
    open ??= makeGroup();
    const group = open;
    const drop = (reason: LossReason): Tracked => {
      const losses = lossesOf([{ type }], reason);
      group.losses.push(...losses);
      teller.lost(losses);
      return { kind: 'dropped', reason };
    };
    let draft: Draft | undefined;
    try {
      draft = make();
    } catch {
      // It is no JSON.
    }
    if (!draft) return drop('data');
    const { id, text } = draft;
    if (utf8Bytes(text) > maxTextBytes) return drop('size');
    // Storage that does not answer must not fill the memory.
    if (group.drafts.length >= 2 * settings.maxEvents) return drop('count');
    if (group.length + text.length > 2 * settings.maxBytes) return drop('bytes');
    group.length += text.length;
    group.drafts.push(draft);
    const { kept, losses, withdrawn, durability } = await group.appended;
    if (withdrawn) return { kind: 'refused', reason: 'no-consent' };
    if (kept.has(id)) return { kind: 'kept', id, durability };
    return { kind: 'dropped', reason: losses[0]?.reason ?? 'count' };
  }

  /** All that is tracked until its turn comes is kept in one go. */
  function makeGroup(): Group {
    const drafts: Draft[] = [];
    const losses: Loss[] = [];
    const appended = inTurn(async (sender) => {
      if (open?.drafts === drafts) open = undefined;
      const result = await sender.append(drafts, losses).catch(() => spillOver(sender, drafts, losses));
      const kept = new Set(result.kept.map(({ id }) => id));
      teller.count('queued', kept.size);
      teller.lost(result.losses);
      return { ...result, kept };
    });
    return { drafts, losses, length: 0, appended };
  }

  async function spillOver({ store }: Sender, drafts: readonly Draft[], losses: readonly Loss[]) {
    const known = await store.state().catch(() => undefined);
    const stamp = { source: known?.source || ports.newSource() };
    spill.start();
    return spill.append(
      drafts.map((draft) => ({ ...finishDraft(draft, 0, stamp), whole: true })),
      losses,
    );
  }

  /** What was given up becomes an event of its own, of the highest priority, and is taken off the count in one go. */
  async function report(store: Store): Promise<boolean> {
    const dropped = (await store.state()).losses.slice(0, maxReportedLosses);
    const type = settings.reportType;
    const draft = dropped.length && type && makeDraft({ type, data: { dropped } });
    if (!draft) return false;
    const { kept, losses } = await store.append(
      [{ ...draft, priority: 3 }],
      settings,
      dropped.map((loss) => ({ ...loss, count: -loss.count })),
    );
    teller.lost(losses);
    return kept.length > 0;
  }

  /**
   * An event, with its identity and its data as they are now: what is changed in `data` later changes nothing. Undefined
   * where it cannot be one.
   */
  function makeDraft({ type, data, subject, priority }: Content, token?: string): Draft | undefined {
    if (typeof type !== 'string' || typeof data !== 'object' || !data) return undefined;
    const event = { specversion: '1.0', id: newId(), type, time: new Date(clock.nowMillis()), subject, data };
    return draftOf(event, JSON.stringify(event).slice(0, -1), priority, token);
  }

  /** Events of one data subject, and token, share batches; without tokens, only where that is asked for. */
  function draftOf(
    { id, type, subject = '' }: Omit<FinishedEvent, 'source' | 'subject'> & Pick<Content, 'subject'>,
    text: string,
    priority: Content['priority'],
    token?: string,
  ): Draft {
    // No token is `undefined`.
    const group = `${settings.oneSubject || token ? subject : ''}\n${token}`;
    // Pages without a compiler give any priority.
    const rank = priority === 'low' ? 0 : priority === 'high' ? 2 : 1;
    return { id, type, text, priority: rank, atMillis: clock.nowMillis(), group, token };
  }

  async function flush(): Promise<{ queued: number }> {
    const sender = await inTurn(async (opened) => opened);
    const spilled = spill.flush();
    return { queued: (await sender.flush()) + (await spilled) };
  }

  async function stop(sender: Sender): Promise<void> {
    await sender.stop();
    await spill.stop();
    spill = senderOf(inMemory());
  }

  return {
    track(type, data, options) {
      return take(type, () => makeDraft({ ...options, type, data }, token));
    },
    put(event, options) {
      return take(event?.type, () => {
        // Pages without a compiler give null.
        const { text, priority } = options ?? {};
        // A line feed is whitespace in JSON, but ends a record of a queue.
        const whole = text?.replaceAll('\n', ' ') ?? JSON.stringify(event);
        return { ...draftOf(event, whole, priority, token), whole: true };
      });
    },
    flush,
    close() {
      closing ??= Promise.race([
        flush(),
        new Promise<void>((done) => clock.after(settings.closeTimeoutMillis, done)),
      ]).then(() =>
        inTurn(async (sender) => {
          await stop(sender);
          await sender.store.close();
        }),
      );
      return closing;
    },
    on: teller.on,
    setConsent(given) {
      hasConsent = given;
      return inTurn(async (sender) => {
        if (!given) await stop(sender);
        else if (closing) return;
        await sender.store.setConsent(given);
        if (given) sender.start();
      });
    },
    reset() {
      // What is tracked from here on is kept after the restart.
      open = undefined;
      return inTurn(({ store }) => store.restart());
    },
    setSubjectToken(given) {
      token = given;
    },
    counts: teller.counts,
  };
}
