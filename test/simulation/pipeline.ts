import type { KeyObject } from 'node:crypto';
import { defaultDedupConfig } from '../../functions/dedup/config.ts';
import { makeDedupStage } from '../../functions/dedup/stage.ts';
import { defaultIngestConfig } from '../../functions/ingest/config.ts';
import { makeCreationBounds } from '../../functions/ingest/creation-bounds.ts';
import { readEvents } from '../../functions/ingest/read-events.ts';
import { makeSealer } from '../../functions/ingest/sealer.ts';
import { makeIngestStage } from '../../functions/ingest/stage.ts';
import { defaultPseudonymizeConfig } from '../../functions/pseudonymize/config.ts';
import { makeSeenSources } from '../../functions/pseudonymize/seen-sources.ts';
import { makePseudonymizeStage } from '../../functions/pseudonymize/stage.ts';
import { makeSubjectKeys } from '../../functions/pseudonymize/subject-keys.ts';
import { defaultReplayConfig } from '../../functions/replay/config.ts';
import { eventTopic, topics } from '../../infra/naming.ts';
import { createMemoryPorts } from '../../shared/adapters/memory/held-ports.ts';
import { createMemoryQuarantineRecords } from '../../shared/adapters/memory/quarantine-records.ts';
import { createMemoryReplays } from '../../shared/adapters/memory/replays.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { eventKeysOf } from '../../shared/event/event-key.ts';
import { newUuidV7 } from '../../shared/event/uuid.ts';
import { makeEventTypes } from '../../shared/event-types/event-types.ts';
import { tokensOf } from '../../shared/event-types/tokens.ts';
import { makeCountingObserver } from '../../shared/observe/json-observer.ts';
import type { ClaimDocuments } from '../../shared/ports/claim-documents.ts';
import type { Publisher } from '../../shared/ports/publisher.ts';
import { makeEncryptedQuarantine } from '../../shared/quarantine/quarantine-record.ts';
import { noTokens } from '../helpers/no-tokens.ts';
import { identityKey, lookupKey } from '../helpers/pseudonymize-world.ts';
import { type ReplaySummary, replayToEnd } from '../helpers/replay.ts';
import { activate, registryWith, schemaDocument, snapshotOf } from '../helpers/schemas.ts';
import { type Bus, makeBus } from './bus.ts';
import type { Send } from './client.ts';
import { type Faults, withFaults } from './faults.ts';

/** A bug that is planted to see whether the checker finds it. */
export type PlantedBug =
  | 'ingest answers early'
  | 'dedup acknowledges early'
  | 'pseudonymize acknowledges early'
  | 'claims are forgotten';

export interface Pipeline {
  readonly bus: Bus;
  /** `POST /v1/events` of one of the instances, over a network that loses answers. */
  readonly send: Send;
  readonly quarantineKey: KeyObject;
  /** Makes `lateType` known. */
  readonly activateLateType: () => Promise<void>;
  /** Replays what is in quarantine because its type was not known. */
  readonly replay: () => Promise<ReplaySummary>;
  readonly counts: ReadonlyMap<string, number>;
}

const email = { type: 'string', treatment: { do: 'pseudonymize' } };
const documentOf = (type: string) => schemaDocument({ type, properties: { amount: { type: 'integer' }, email } });
const schemas = ['shop.order.v1', 'shop.visit.v1'].map(documentOf);
/** Not active at the start. */
export const lateType = 'shop.late.v1';

/** The three real stages, two instances each, over memory adapters that wait for their turn and fail. */
export async function makePipeline(faults: Faults, bug?: PlantedBug): Promise<Pipeline> {
  const { dice, scheduler, rate } = faults;
  const { clock } = scheduler;
  const bus = makeBus(faults);
  const faulty = withFaults(faults);
  const publisher = faulty.publisher(bus);
  const random = createSeededRandom(dice.below(2 ** 32));
  const observer = makeCountingObserver();
  const { databases, secrets } = createMemoryPorts({ clock, random });
  const { quarantinePublicKey: publicKey, quarantineRecordKey: recordKey } = secrets;
  const quarantine = makeEncryptedQuarantine({
    publisher,
    topic: topics.quarantine,
    publicKey,
    recordKey,
    clock,
    random,
  });
  const [stored, snapshot] = [await registryWith(schemas), await snapshotOf(schemas)];
  const registry = faulty.registry(stored);
  const documents = faulty.documents(bug === 'claims are forgotten' ? forgetting() : databases.claims);
  const records = faulty.records(databases.subjectKeys);
  const master = await secrets.masterKeyset.aead();
  const common = { clock, random, observer, quarantine };
  const newEventTypes = () => makeEventTypes({ registry, clock, snapshot, onProblem: () => {} });

  function ingestInstance(): Send {
    const newSeal = () => newUuidV7(clock, random);
    const sealing = bug === 'ingest answers early' ? early(publisher) : publisher;
    const settings = { ...defaultIngestConfig, maxSealEvents: 8 };
    const sealer = makeSealer({ publisher: sealing, topic: topics.received, clock, newSeal, observer, settings });
    const creations = makeCreationBounds(settings, clock, random);
    const eventTypes = newEventTypes();
    const ingest = makeIngestStage({
      ...{ ...common, eventTypes, sealer, newSeal, creations },
      verify: noTokens,
      config: settings,
    });
    return async (events) => {
      await scheduler.turn();
      const body = Buffer.from(JSON.stringify(events));
      const read = readEvents({ 'content-type': 'application/json' }, body, settings.maxBodyBytes);
      if (read.kind === 'problem') throw new Error(read.title);
      const answer = await ingest({ events: read, key: { kind: 'sdk', sdk: 'web' }, client: 'a client' });
      if (dice.chance(rate())) throw new Error('the answer got lost');
      return answer;
    };
  }

  const dedupInstance = (maxTurnWaitMillis: number) =>
    makeDedupStage(
      {
        ...common,
        documents,
        publisher: bug === 'dedup acknowledges early' ? early(publisher) : publisher,
        deduplicatedTopic: topics.deduplicated,
        eventTypes: newEventTypes(),
        claimsKey: secrets.claimsKey,
      },
      { ...defaultDedupConfig, maxClaimRounds: 3, maxDocumentBytes: 400, maxTurnWaitMillis },
    );
  const pseudonymizeInstance = () =>
    makePseudonymizeStage({
      ...common,
      eventTypes: newEventTypes(),
      publisher: bug === 'pseudonymize acknowledges early' ? early(publisher) : publisher,
      topicOf: eventTopic,
      deduplicatedTopic: topics.deduplicated,
      seenSources: makeSeenSources(databases.subjectSources, 100),
      subjectKeys: makeSubjectKeys({ records, lookupKey, master, clock, random, config: defaultPseudonymizeConfig }),
      eventKeys: eventKeysOf(identityKey),
      tokenOf: tokensOf(identityKey),
      losses: { record: async () => {} },
    });

  const ingests = [ingestInstance(), ingestInstance()] as const;
  // Claims of the second take no turns, so that they race as those of several instances do.
  const dedups = [dedupInstance(defaultDedupConfig.maxTurnWaitMillis), dedupInstance(0)] as const;
  const pseudonymizes = [pseudonymizeInstance(), pseudonymizeInstance()] as const;
  bus.subscribe(topics.received, (message) => dice.pick(dedups)(message));
  bus.subscribe(topics.deduplicated, (message) => dice.pick(pseudonymizes)(message));
  const replayPorts = {
    records: createMemoryQuarantineRecords(() => bus.messagesOf(topics.quarantine)),
    replays: faulty.replays(createMemoryReplays()),
    eventTypes: newEventTypes(),
    publisher,
    receivedTopic: topics.received,
    replayedTopic: topics.replayed,
    privateKey: secrets.quarantinePrivateKey,
    clock,
    random,
    observer: { ...observer, log: () => undefined },
    config: { ...defaultReplayConfig, maxStepRecords: 3 },
  };
  return {
    bus,
    send: (events) => dice.pick(ingests)(events),
    quarantineKey: secrets.quarantinePrivateKey,
    activateLateType: async () => void (await activate(stored, documentOf(lateType))),
    replay: () => replayToEnd(replayPorts, { filter: { reason: 'unknown-type' } }),
    counts: observer.counts,
  };
}

/** Resolves before the message is stored, as code that forgot an `await`. */
function early(publisher: Publisher): Publisher {
  return {
    async publish(topic, messages) {
      publisher.publish(topic, messages).catch(() => {});
    },
  };
}

/** An index that says "written" and keeps nothing. */
function forgetting(): ClaimDocuments {
  return { read: async (keys) => keys.map(() => undefined), write: async (writes) => writes.map(() => 'written') };
}
