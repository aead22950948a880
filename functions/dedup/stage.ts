import type { KeyObject } from 'node:crypto';
import { ownAttributes } from '../../shared/batch/batch-attributes.ts';
import type { BatchIdentities } from '../../shared/batch/batch-index.ts';
import { encodeMarks, type Mark } from '../../shared/batch/marks.ts';
import { openIdentities } from '../../shared/batch/sealed-batch.ts';
import type { EventTypes } from '../../shared/event-types/event-types.ts';
import { lineOf } from '../../shared/http/line.ts';
import type { StageOutcome } from '../../shared/http/pubsub-function.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import { account, type Counters } from '../../shared/outcome/account.ts';
import type { ClaimDocuments } from '../../shared/ports/claim-documents.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { DeliveredMessage, Publisher } from '../../shared/ports/publisher.ts';
import type { Namespace } from '../../shared/sdks/sdk-bindings.ts';
import { claim } from './claim-index.ts';
import type { ClaimOutcome } from './claim-node.ts';
import { ownerName } from './claim-owner.ts';
import type { DedupConfig } from './config.ts';
import { bucketOf, claimDocumentKey, fingerprintsOf } from './fingerprint.ts';
import { makeTurns } from './turns.ts';

export interface DedupPorts {
  readonly documents: ClaimDocuments;
  readonly publisher: Publisher;
  readonly deduplicatedTopic: string;
  /** For the namespaces of the SDK bindings. */
  readonly eventTypes: EventTypes;
  readonly clock: Clock;
  readonly observer: Observer;
  /** Secret key of document keys and fingerprints; never rotates. */
  readonly claimsKey: KeyObject;
}

const dayMillis = 86_400_000;

/**
 * Dedup: claims the events of a sealed batch under its seal, and forwards the same bytes with a mark per event. Only the
 * batch's index is read. Published before it is acknowledged, claimed before it is published: a crash between two of
 * them ends in a redelivery that gets the same answers.
 */
export function makeDedupStage(
  ports: DedupPorts,
  config: DedupConfig,
): (message: DeliveredMessage) => Promise<StageOutcome> {
  const { clock, observer, publisher, eventTypes, claimsKey } = ports;
  const lookBackMillis = config.lookBackDays * dayMillis;
  const { maxClaimRounds: maxRounds, maxDocumentBytes } = config;
  const counters = countersOf(observer);
  const printsOf = fingerprintsOf(claimsKey);
  const turns = makeTurns({ clock, maxWaitMillis: config.maxTurnWaitMillis });
  const claimOptions = { documents: ports.documents, lookBackMillis, maxRounds, maxDocumentBytes, turns };
  return async (message) => {
    const batch = openIdentities(message);
    if (batch.kind === 'unreadable') return { kind: 'retry', reason: `unreadable: ${batch.problem}` };
    const { sdk, identities } = batch;
    await eventTypes.refreshIfOlder(config.maxBindingAgeSeconds * 1_000);
    const namespace = await findNamespace(eventTypes, sdk);
    if (namespace === undefined) return { kind: 'retry', reason: 'no binding of the SDK' };
    const nowMillis = clock.nowMillis();
    const { name, alsoReadBucketWidthMillis: otherWidthMillis } = namespace;
    const claims = {
      documentKeys: claimDocumentKeys(claimsKey, namespace, identities),
      ...(otherWidthMillis === undefined
        ? {}
        : {
            otherDocumentKeys: claimDocumentKeys(claimsKey, { name, bucketWidthMillis: otherWidthMillis }, identities),
          }),
      fingerprints: printsOf(identities),
    };
    const result = await claim(claimOptions, { owner: ownerName(batch), claims, nowMillis });
    observer.count('claim-conflicts', result.conflicts);
    if (result.kind === 'contention') return { kind: 'retry', reason: 'claim-contention' };
    const { timesMicros } = identities;
    const accounts = account(timesMicros, result.outcomes, counters);
    const marks = marksAt(accounts.outcomes, timesMicros, (nowMillis - lookBackMillis) * 1_000);
    if (marks.some((mark) => mark.forward)) {
      const copies = lineOf(message.subscription) === 'second' ? { possible_duplicate: 'true' } : {};
      const own = { ...ownAttributes(message.attributes), ...copies };
      const attributes = { ...own, marks: encodeMarks(marks), namespace: namespace.name };
      await publisher.publish(ports.deduplicatedTopic, [{ data: message.data, attributes }]);
    }
    accounts.count();
    countMarks(observer, marks);
    return { kind: 'done' };
  };
}

/** `claimDocumentKey` of each event of a batch, most of which share it: it is made once for a source and bucket. */
function claimDocumentKeys(
  claimsKey: KeyObject,
  namespace: Pick<Namespace, 'name' | 'bucketWidthMillis'>,
  { sources, sourceOf, timesMicros }: BatchIdentities,
): string[] {
  const known = sources.map(() => new Map<number, string>());
  const keys: string[] = [];
  let [key, placeOfKey, bucketOfKey]: [string | undefined, number, number] = [undefined, -1, 0];
  for (let at = 0; at < timesMicros.length; at++) {
    const timeMicros = timesMicros[at] ?? 0;
    const place = sourceOf[at] ?? 0;
    const bucket = bucketOf(namespace, timeMicros);
    // Mostly those of the one before.
    if (place !== placeOfKey || bucket !== bucketOfKey) {
      [placeOfKey, bucketOfKey] = [place, bucket];
      key = known[place]?.get(bucket);
    }
    if (key === undefined) {
      key = claimDocumentKey(claimsKey, namespace, { source: sources[place] ?? '', timeMicros });
      known[place]?.set(bucket, key);
    }
    keys.push(key);
  }
  return keys;
}

async function findNamespace(eventTypes: EventTypes, sdk: string) {
  eventTypes.refreshIfStale();
  const known = eventTypes.sdks.get(sdk);
  if (known === undefined) await eventTypes.refreshNow();
  return (known ?? eventTypes.sdks.get(sdk))?.namespace;
}

/** By position. A function of the module: closures that are made for a batch lose their optimized code with each collection. */
function marksAt(outcomes: readonly ClaimOutcome[], timesMicros: readonly number[], oldestMicros: number): Mark[] {
  const marks: Mark[] = [];
  for (const outcome of outcomes) {
    const isBeyond = (timesMicros[marks.length] ?? 0) < oldestMicros;
    marks.push(marksOf[isBeyond ? 'beyond' : 'inside'][outcome]);
  }
  return marks;
}

/** One object for all events that are marked alike. */
const marksOf = { inside: marksWith(false), beyond: marksWith(true) };

function marksWith(beyondLookBack: boolean): Readonly<Record<ClaimOutcome, Mark>> {
  const markOf = (outcome: ClaimOutcome): Mark => {
    const possibleDuplicate = outcome === 'own' || outcome === 'shared';
    return { forward: outcome !== 'duplicate', possibleDuplicate, beyondLookBack };
  };
  return { fresh: markOf('fresh'), own: markOf('own'), shared: markOf('shared'), duplicate: markOf('duplicate') };
}

function countersOf(observer: Observer): Counters<ClaimOutcome> {
  const claimed = (outcomes: readonly ClaimOutcome[]) => observer.count('claimed', outcomes.length);
  return {
    fresh: claimed,
    own: claimed,
    shared: claimed,
    duplicate: (duplicates) => observer.count('duplicates', duplicates.length),
  };
}

/** What is said of forwarded events beside their outcome. */
function countMarks(observer: Observer, marks: readonly Mark[]): void {
  let [possibleDuplicates, beyondLookBack] = [0, 0];
  for (const mark of marks) {
    if (!mark.forward) continue;
    if (mark.possibleDuplicate) possibleDuplicates++;
    if (mark.beyondLookBack) beyondLookBack++;
  }
  observer.count('possible-duplicates', possibleDuplicates);
  observer.count('beyond-look-back', beyondLookBack);
}
