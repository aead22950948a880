import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import { type Client, type CoreOptions, makeClient } from '../core/client.ts';
import { idBytes, idOf } from '../core/event-text.ts';
import { makeFetchTransport } from '../core/fetch-transport.ts';
import { makeModelStore } from '../core/model-store.ts';
import type { ClientClock, Opened, Store, Transport } from '../core/ports.ts';
import { alone } from '../core/sender.ts';
import { maxTimerMillis } from '../core/settings.ts';
import { type Lane, takeLane, takeLeftLanes } from './lane.ts';
import { openSegments, type SegmentDurability } from './segments.ts';

export interface NodeClientOptions extends CoreOptions {
  /** Of the receiver: `https://events.example.com`. */
  readonly url: string;
  /** Write key. */
  readonly key: string;
  /**
   * Folder of the queue; one for each key. `memory`: none, and what is not sent ends with the process. Default
   * `.edi-client` in the working directory.
   */
  readonly storage?: string;
  /** What a kept event outlives. Default `process-death`. */
  readonly durability?: SegmentDurability;
  /**
   * Names the installation. A second process on the same folder is named with its lane, and one after `reset` with more.
   * Default: a random one, kept in the folder.
   */
  readonly source?: string;
  /** Stands between the client and the receiver: for tests and demonstrations of what is lost on the way. */
  readonly transport?: (own: Transport) => Transport;
  /** How often it looks for what processes that died have left in the folder. Default 5 minutes. */
  readonly takeOverMillis?: number;
}

/**
 * A client for Node. Its timers keep no process alive: what was told to be kept is on the disk, and is sent by the next
 * process on that folder. `close` before the process ends spares it the wait.
 */
export function createClient<Events extends object = Record<string, object>>(
  options: NodeClientOptions,
): Client<Events> {
  const { storage = '.edi-client', durability = 'process-death', takeOverMillis = 300_000 } = options;
  const own = makeFetchTransport(options, clock);
  const transport = options.transport?.(own) ?? own;
  const nameSource = sourceNames(options.source, 0);
  const memory = () => makeModelStore({ durability: 'memory', newSource: nameSource });
  const open = async (): Promise<Opened> => ({
    store:
      storage === 'memory'
        ? memory()
        : await openQueue({ folder: storage, durability, source: options.source, takeOverMillis }),
    // A lane is one process's: whoever has it sends.
    turns: alone,
  });
  const ports = { clock, newId, newSource: () => nameSource(true), chance: Math.random, transport, open, memory };
  return makeClient<Events>(ports, { ...options, oneSubject: options.oneSubject ?? false });
}

const clock: ClientClock = {
  nowMillis: () => Date.now(),
  after(delayMillis, task) {
    const timer = setTimeout(task, Math.min(delayMillis, maxTimerMillis));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Random bytes are made many at a time: a call each would cost more than they do. */
const pool = new Uint8Array(4_096);
let poolAt = pool.length;
function newId(): string {
  if (poolAt + idBytes > pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  poolAt += idBytes;
  return idOf(Date.now(), pool.subarray(poolAt - idBytes, poolAt));
}

interface QueueOptions {
  readonly folder: string;
  readonly durability: SegmentDurability;
  readonly source: string | undefined;
  readonly takeOverMillis: number;
}

async function openQueue(options: QueueOptions): Promise<Store> {
  const lane = await takeLane(options.folder);
  const store = await openLane(lane, options);
  let looking = takeOverLeft();
  await looking;
  const look = () => {
    looking = looking.then(takeOverLeft);
  };
  const timer = setInterval(look, Math.min(options.takeOverMillis, maxTimerMillis));
  timer.unref();
  return {
    ...store,
    async close() {
      clearInterval(timer);
      await looking;
      await store.close();
    },
  };

  /** What cannot be taken over (a full disk, a folder that is gone) stays where it is, for the next look. */
  async function takeOverLeft(): Promise<void> {
    try {
      for await (const left of takeLeftLanes(options.folder, lane.number)) {
        await takeOver(store, left, options).catch(() => undefined);
      }
    } catch {
      // The folder itself is gone.
    }
  }
}

/** Gives the lane back where its queue does not open, and when that is closed. */
async function openLane(lane: Lane, { durability, source }: QueueOptions): Promise<Store> {
  const { model, write, forget, close } = await openSegments({ folder: join(lane.folder, 'queue'), durability }).catch(
    (error: unknown) => {
      lane.release();
      throw error;
    },
  );
  return makeModelStore({
    durability,
    model,
    write,
    forget,
    newSource: sourceNames(source, lane.number),
    async close() {
      await close();
      lane.release();
    },
  });
}

/**
 * What a process that died has left goes to the own queue, each event as it is: with the identity that it has, so that
 * one which is in both for a moment is one all the same. Its lane keeps its name and counts for whoever takes it next.
 */
async function takeOver(store: Store, left: Lane, options: QueueOptions): Promise<void> {
  const other = await openLane(left, options);
  try {
    const unbounded = { maxEvents: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY };
    const limits = { maxRequestEvents: 10_000, maxBodyBytes: Number.POSITIVE_INFINITY };
    while ((await other.seal(limits)) !== undefined);
    for (const id of await other.batches()) {
      const batch = await other.read(id);
      if (batch === undefined) continue;
      await store.append(
        batch.events.map((event) => ({ ...event, whole: true })),
        unbounded,
      );
      await other.settle(batch, []);
    }
    const { losses } = await other.state();
    await store.append([], unbounded, losses);
    const taken = losses.map((loss) => ({ ...loss, count: -loss.count }));
    await other.append([], unbounded, taken);
  } finally {
    await other.close();
  }
}

function sourceNames(source: string | undefined, lane: number): (isAnother: boolean) => string {
  return (isAnother) => {
    if (source === undefined) return `urn:uuid:${newId()}`;
    const named = lane === 0 ? source : `${source}/${lane}`;
    return isAnother ? `${named}/${newId()}` : named;
  };
}
