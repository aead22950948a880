import { eventKeysOf } from '../../shared/event/event-key.ts';
import { openEventTypes } from '../../shared/event-types/open-event-types.ts';
import { tokensOf } from '../../shared/event-types/tokens.ts';
import type { HttpHandler } from '../../shared/http/http.ts';
import { makePubSubFunction } from '../../shared/http/pubsub-function.ts';
import type { PortsOf } from '../../shared/needs/ports.ts';
import { batchLines } from '../../shared/operations/batch-lines.ts';
import { makeLossRecords } from '../../shared/operations/records.ts';
import { makeEncryptedQuarantine } from '../../shared/quarantine/quarantine-record.ts';
import { checkPseudonymizeConfig, defaultPseudonymizeConfig, type PseudonymizeConfig } from './config.ts';
import type { needs } from './needs.ts';
import { makeSeenMonths } from './seen-months.ts';
import { makeSeenSources } from './seen-sources.ts';
import { makePseudonymizeStage, type PseudonymizePorts } from './stage.ts';
import { makeSubjectKeys } from './subject-keys.ts';

/** Starts the HTTP function that Pub/Sub pushes topic `deduplicated` to, on what a deployment opens for it. */
export async function start(ports: PortsOf<typeof needs>, config = defaultPseudonymizeConfig): Promise<HttpHandler> {
  checkPseudonymizeConfig(config);
  const stage = makePseudonymizeStage(await pseudonymizePorts(ports, config));
  const { observer, authenticator } = ports;
  const lines = batchLines({ ...ports, stage: 'pseudonymize', config });
  return makePubSubFunction({ name: 'pseudonymize', stage, lines, observer, authenticator });
}

/** What its stage works with, of what a deployment opens: the master keyset unwrapped, the quarantine encrypted. */
export async function pseudonymizePorts(
  ports: PortsOf<typeof needs>,
  config: PseudonymizeConfig,
): Promise<PseudonymizePorts> {
  const { topics, databases, secrets, publisher, clock, random, observer } = ports;
  const { lookupKey, identityKey, quarantinePublicKey: publicKey, quarantineRecordKey: recordKey } = secrets;
  const { quarantineSubjectKey: subjectKey } = secrets;
  const eventTypes = await openEventTypes(ports);
  const quarantine = makeEncryptedQuarantine({
    publisher,
    topic: topics.quarantine,
    publicKey,
    recordKey,
    subjects: { topic: topics.quarantineSubjects, subjectKey, eventTypes },
    clock,
    random,
  });
  const master = await secrets.masterKeyset.aead();
  return {
    eventTypes,
    subjectKeys: makeSubjectKeys({ records: databases.subjectKeys, lookupKey, master, clock, random, config }),
    seenSources: makeSeenSources(databases.subjectSources, config.maxCachedPairs),
    ...(config.inactiveSubjectDays === 0
      ? {}
      : { seenMonths: makeSeenMonths(databases.subjectUses, config.maxCachedUses) }),
    publisher,
    topicOf: topics.event,
    deduplicatedTopic: topics.deduplicated,
    quarantine,
    losses: makeLossRecords({ publisher, topic: topics.losses, clock }),
    clock,
    observer,
    eventKeys: eventKeysOf(identityKey),
    tokenOf: tokensOf(identityKey),
  };
}
