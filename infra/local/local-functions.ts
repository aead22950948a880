import { defaultDedupConfig } from '../../functions/dedup/config.ts';
import { makeDedupFunction } from '../../functions/dedup/function.ts';
import type { FunctionName } from '../../functions/index.ts';
import { defaultIngestConfig } from '../../functions/ingest/config.ts';
import { makeIngestFunction } from '../../functions/ingest/function.ts';
import { defaultPseudonymizeConfig } from '../../functions/pseudonymize/config.ts';
import { makePseudonymizeFunction } from '../../functions/pseudonymize/function.ts';
import { makeSubjectKeys } from '../../functions/pseudonymize/subject-keys.ts';
import { defaultPublishSchemaConfig } from '../../functions/publish-schema/config.ts';
import { makePublishSchemaFunction } from '../../functions/publish-schema/function.ts';
import type { PublishSchemaPorts } from '../../functions/publish-schema/stage.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { systemRandom } from '../../shared/adapters/system-random.ts';
import { type EventTypes, makeEventTypes } from '../../shared/event-types/event-types.ts';
import { readSnapshot } from '../../shared/event-types/snapshot.ts';
import type { HttpHandler } from '../../shared/http/http.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import { makeEncryptedQuarantine } from '../../shared/quarantine/quarantine-record.ts';
import { makeStoredWriteKeys } from '../../shared/write-keys/stored-write-keys.ts';
import { eventTopic, topics } from '../naming.ts';
import { makeLocalWriteKeys } from './local-write-keys.ts';
import type { LocalStorage } from './storage.ts';

/**
 * The functions on embedded ports. Each has a view of the registry of its own that starts from the snapshot, as
 * deployed instances do.
 */
export async function makeLocalFunctions(
  storage: LocalStorage,
  publishing: PublishSchemaPorts,
  observerOf: (component: string) => Observer,
): Promise<Record<FunctionName, HttpHandler>> {
  const snapshot = await readSnapshot(storage.objects);
  const shared = { publisher: storage.bus, clock: systemClock, random: systemRandom };
  const { publisher, random } = shared;
  const quarantine = makeEncryptedQuarantine({
    publisher,
    random,
    topic: topics.quarantine,
    publicKey: storage.secrets.quarantinePublicKey,
  });

  function eventTypesFor(observer: Observer): EventTypes {
    const onProblem = (type: string) =>
      observer.log('ERROR', 'a published revision cannot be used; the last good one stays', { type });
    const onVersion = (version: number) => observer.log('INFO', 'works with another registry version', { version });
    return makeEventTypes({
      registry: storage.registry,
      clock: systemClock,
      onVersion,
      ...(snapshot ? { snapshot } : {}),
      onProblem,
    });
  }
  const ports = (component: Exclude<FunctionName, 'publish-schema'>) => {
    const observer = observerOf(component);
    return { ...shared, observer, eventTypes: eventTypesFor(observer) };
  };

  const { identityKey, claimsKey, lookupKey, master } = storage.secrets;
  const subjectKeys = makeSubjectKeys({
    ...shared,
    records: storage.subjectKeyRecords,
    lookupKey,
    master,
    config: defaultPseudonymizeConfig,
  });
  const writeKeys = makeLocalWriteKeys(makeStoredWriteKeys({ records: storage.writeKeyRecords, clock: systemClock }));
  return {
    ingest: makeIngestFunction(
      { ...ports('ingest'), writeKeys, receivedTopic: topics.received, quarantine },
      { ...defaultIngestConfig, allowLoopbackOrigins: true },
    ),
    dedup: makeDedupFunction(
      { ...ports('dedup'), documents: storage.documents, deduplicatedTopic: topics.deduplicated, claimsKey },
      defaultDedupConfig,
    ),
    pseudonymize: makePseudonymizeFunction(
      { ...ports('pseudonymize'), subjectKeys, topicOf: eventTopic, quarantine, identityKey },
      defaultPseudonymizeConfig,
    ),
    'publish-schema': makePublishSchemaFunction(publishing, defaultPublishSchemaConfig),
  };
}
