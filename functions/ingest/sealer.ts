import type { BatchIndexEntry, BatchSegment } from '../../shared/batch/batch-index.ts';
import { sealBatch } from '../../shared/batch/sealed-batch.ts';
import { type Checked, checkedEntry } from '../../shared/event-types/check-event.ts';
import { releaseBytes } from '../../shared/http/body.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Message, Publisher } from '../../shared/ports/publisher.ts';
import type { IngestConfig } from './config.ts';

/** The accepted events of one request under one SDK. */
export interface AcceptedPart {
  readonly sdk: string;
  readonly segment: BatchSegment;
  /** UTF-8 JSON array of the events. The sealer's from here on: it gives their memory back. */
  readonly bytes: Uint8Array;
  /** In the array's order. */
  readonly events: readonly Checked[];
}

export interface Sealer {
  /** Resolves when the batch that the part went into is stored by Pub/Sub. Rejects with `Unavailable`. */
  add(part: AcceptedPart): Promise<void>;
}

export interface SealerOptions {
  readonly publisher: Publisher;
  readonly topic: string;
  readonly clock: Clock;
  readonly newSeal: () => string;
  readonly observer: Observer;
  readonly settings: Pick<IngestConfig, 'coalesceMillis' | 'maxSealBytes' | 'maxSealEvents' | 'region'>;
}

interface OpenSeal {
  readonly parts: AcceptedPart[];
  bytes: number;
  events: number;
  readonly published: Promise<void>;
  readonly publish: () => void;
}

/**
 * Seals parts of one SDK that arrive within `coalesceMillis` on this instance together: phones send a few events each,
 * and Pub/Sub and the claim index cost by the message. A part that fills a batch by itself waits for nobody.
 */
export function makeSealer(options: SealerOptions): Sealer {
  const { clock, settings } = options;
  const open = new Map<string, OpenSeal>();

  function openSeal(sdk: string): OpenSeal {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let cancelTimer = () => {};
    const seal: OpenSeal = {
      parts: [],
      bytes: 0,
      events: 0,
      published: promise,
      publish: () => {
        cancelTimer();
        if (open.get(sdk) === seal) open.delete(sdk);
        Promise.try(publishParts, options, sdk, seal.parts).then(resolve, reject);
      },
    };
    cancelTimer = clock.after(settings.coalesceMillis, seal.publish);
    open.set(sdk, seal);
    return seal;
  }

  return {
    add(part) {
      let seal = open.get(part.sdk);
      const fits =
        seal !== undefined &&
        seal.bytes + part.bytes.length <= settings.maxSealBytes &&
        seal.events + part.events.length <= settings.maxSealEvents;
      if (seal !== undefined && !fits) {
        seal.publish();
        seal = undefined;
      }
      seal ??= openSeal(part.sdk);
      seal.parts.push(part);
      seal.bytes += part.bytes.length;
      seal.events += part.events.length;
      if (seal.bytes >= settings.maxSealBytes / 2 || seal.events >= settings.maxSealEvents / 2) seal.publish();
      return seal.published;
    },
  };
}

/** Not async: while Pub/Sub stores what was sealed, nothing else of the parts is kept. */
function publishParts(options: SealerOptions, sdk: string, parts: readonly AcceptedPart[]): Promise<void> {
  return publishSealed(options, sealParts(options, sdk, parts));
}

async function publishSealed({ publisher, topic, observer }: SealerOptions, message: Message): Promise<void> {
  await publisher.publish(topic, [message]);
  observer.count('batches-sealed');
}

function sealParts({ newSeal, settings }: SealerOptions, sdk: string, parts: readonly AcceptedPart[]): Message {
  const { region } = settings;
  const entries: BatchIndexEntry[] = [];
  for (const [segment, { events }] of parts.entries()) {
    for (const event of events) entries.push(checkedEntry(event, segment));
  }
  const message = sealBatch({
    seal: newSeal(),
    sdk,
    ...(region === '' ? {} : { region }),
    index: {
      segments: parts.map((part) => part.segment),
      entries,
    },
    segments: parts.map((part) => part.bytes),
  });
  for (const { bytes } of parts) releaseBytes(bytes);
  return message;
}
