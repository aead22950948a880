/** The device's clock. It may be wrong, and be set while the client runs. */
export interface ClientClock {
  /** Milliseconds since the Unix epoch. */
  nowMillis(): number;
  /** Runs `task` once, after `delayMillis`. The returned function cancels it; cancelling twice is harmless. */
  after(delayMillis: number, task: () => void): () => void;
}

/** Of a full queue, events of a lower priority go first. 3 is the client's own reports, which never go. */
export type Priority = 0 | 1 | 2 | 3;

/** What `track` makes: an event that has its identity, and gets source and sequence where it is kept. */
export interface Draft {
  readonly id: string;
  readonly type: string;
  /** Its JSON without the closing brace, `source` and `sequence`; or the whole of it, where `whole` is set. */
  readonly text: string;
  /** It has its own source, and is not counted. */
  readonly whole?: boolean;
  readonly priority: Priority;
  readonly atMillis: number;
  /** Events of one group share sealed batches. */
  readonly group: string;
  /** Goes beside the batch: proof that the client speaks for the group's data subject. */
  readonly token?: string | undefined;
}

/** A draft whose text is the whole event, for good. */
export interface StoredEvent extends Draft {
  /** Place in the queue. */
  readonly n: number;
  /** Of the text, in UTF-8. */
  readonly bytes: number;
}

/** Events that are sent together, until they are settled: their texts, in this order, are the body. */
export interface SealedBatch {
  readonly id: number;
  readonly events: readonly StoredEvent[];
}

/** Why an event was given up without being sent, or not known to have been. */
export type LossReason =
  /** The queue was full: `maxEvents`, `maxBytes`. */
  | 'count'
  | 'bytes'
  /** It waited longer than dedup would recognise it. */
  | 'age'
  /** No request could hold it. */
  | 'size'
  /** Its data is no JSON. */
  | 'data'
  /** What was stored of it cannot be read. */
  | 'damaged';

export interface Loss {
  readonly type: string;
  readonly reason: LossReason;
  readonly count: number;
}

export interface Bounds {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

export interface BatchLimits {
  readonly maxRequestEvents: number;
  /** Of the body: texts, commas and brackets. */
  readonly maxBodyBytes: number;
}

export interface Appended {
  readonly kept: readonly StoredEvent[];
  /** What went so that the rest fits, these events or others. */
  readonly losses: readonly Loss[];
  /** Consent was withdrawn, here or by another client of the same storage: nothing is kept. */
  readonly withdrawn?: true;
}

export interface QueueSize {
  readonly events: number;
  readonly bytes: number;
}

/** What is beside the events. */
interface QueueState extends QueueSize {
  readonly consent: boolean;
  /** Of the next event; empty without consent. */
  readonly source: string;
  /** What was given up and not yet reported. */
  readonly losses: readonly Loss[];
  readonly note?: string | undefined;
}

/** What outlives a store's death: the machine's, the process's, the page's, or nothing. */
export type Durability = 'power-failure' | 'process-death' | 'page-close' | 'memory';

/**
 * The queue, kept. Every operation happens whole or not at all, and has happened when its promise resolves; a promise that
 * rejects means that nothing is known to have changed. Several clients may append; one at a time, whose turn it is, does the
 * rest. A number `n` and the id of a batch are never used again.
 */
export interface Store {
  readonly durability: Durability;
  state(): Promise<QueueState>;
  /**
   * Keeps events, counted in `sequence` per type, and evicts what has the lowest priority, the oldest first. `losses` of
   * others are counted along; what is below 0 was reported, and is taken off.
   */
  append(drafts: readonly Draft[], bounds: Bounds, losses?: readonly Loss[]): Promise<Appended>;
  /** Makes a batch of the oldest event that is in none and others of its group; undefined where all are in one. */
  seal(limits: BatchLimits): Promise<SealedBatch | undefined>;
  /** Ids of all batches, the oldest first. */
  batches(): Promise<readonly number[]>;
  read(id: number): Promise<SealedBatch | undefined>;
  /** Forgets a batch but for the events that go on in new ones, whose ids it answers with. `losses` are counted along. */
  settle(
    batch: SealedBatch,
    into: readonly (readonly StoredEvent[])[],
    losses?: readonly Loss[],
  ): Promise<readonly number[]>;
  /** From now on the events of another installation, counted from 0. What waits is kept. */
  restart(): Promise<void>;
  /** Withdrawn: forgets all, and keeps nothing but that. Given: keeps events again, of a new installation. */
  setConsent(given: boolean): Promise<void>;
  /** A small text that outlives the client: the last policy. */
  note(text: string): Promise<void>;
  close(): Promise<void>;
}

export interface Request {
  readonly body: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
}

export interface Reply {
  /** Of HTTP. 0: there is no answer, and whether anything was stored is not known. */
  readonly status: number;
  /** There is none because the time was up: a server may have had the request. */
  readonly isLate?: boolean;
  readonly retryAfterMillis?: number;
  /** Problem details (RFC 9457): the receiver itself speaks, and no proxy or portal before it. */
  readonly isProblem?: boolean;
  /** The parsed JSON; undefined where it is none. */
  readonly body?: unknown;
}

export interface Transport {
  send(request: Request): Promise<Reply>;
  /** `GET /v1/policy`, parsed; undefined where there is no answer. */
  policy(): Promise<unknown>;
}

/** Which of the clients of one storage sends. */
export interface Turns {
  /**
   * Calls `begin` when it is this client's turn, at most once, and `heard` when another client has appended something. The
   * function that is returned gives the turn back.
   */
  lead(begin: () => void, heard: () => void): () => void;
  /** Tells whoever has the turn that something was appended. */
  tell(): void;
}

/** A queue that is open, and which of its clients sends. */
export interface Opened {
  readonly store: Store;
  readonly turns: Turns;
}

export interface ClientPorts {
  readonly clock: ClientClock;
  /** A UUIDv7 that nobody can guess. */
  newId(): string;
  /** The name of a new installation. */
  newSource(): string;
  /** Random, from 0 to 1: when something is tried again. */
  chance(): number;
  readonly transport: Transport;
  /** Opens the durable queue; where it rejects, the queue is in memory. */
  open(): Promise<Opened>;
  /** A queue in memory, for what the durable one cannot take. */
  memory(): Store;
}
