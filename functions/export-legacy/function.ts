import { openEventTypes } from '../../shared/event-types/open-event-types.ts';
import type { HttpHandler } from '../../shared/http/http.ts';
import { makePubSubFunction } from '../../shared/http/pubsub-function.ts';
import type { PortsOf } from '../../shared/needs/ports.ts';
import { makeLines } from '../../shared/operations/lines.ts';
import { makeDeadLetterRecords } from '../../shared/operations/records.ts';
import { makeEncryptedQuarantine } from '../../shared/quarantine/quarantine-record.ts';
import { checkExportLegacyConfig, defaultExportLegacyConfig, type ExportLegacyConfig } from './config.ts';
import { needs } from './needs.ts';
import { type ExportPorts, makeExportStage } from './stage.ts';

/** Starts the function that Pub/Sub pushes Cloud Storage's notifications of uploaded legacy files to. */
export async function start(
  ports: PortsOf<typeof needs>,
  config: ExportLegacyConfig = defaultExportLegacyConfig,
): Promise<HttpHandler> {
  checkExportLegacyConfig(config, needs.size.timeoutSeconds);
  const { publisher, topics, clock, observer, authenticator } = ports;
  const deadLetters = makeDeadLetterRecords({ publisher, topic: topics.deadLetters, clock });
  return makePubSubFunction({
    name: needs.name,
    stage: makeExportStage(await exportPorts(ports), config),
    lines: makeLines({ stage: needs.name, clock, observer, deadLetters }),
    observer,
    authenticator,
  });
}

/** What its stage works with, of what a deployment opens. */
async function exportPorts(ports: PortsOf<typeof needs>): Promise<ExportPorts> {
  const { publisher, topics, databases, buckets, secrets, clock, random, observer } = ports;
  const eventTypes = await openEventTypes(ports);
  const quarantine = makeEncryptedQuarantine({
    publisher,
    topic: topics.quarantine,
    publicKey: secrets.quarantinePublicKey,
    recordKey: secrets.quarantineRecordKey,
    subjects: { topic: topics.quarantineSubjects, subjectKey: secrets.quarantineSubjectKey, eventTypes },
    clock,
    random,
  });
  return {
    eventTypes,
    publisher,
    receivedTopic: topics.received,
    uploadsTopic: topics.legacyUploads,
    quarantine,
    files: buckets.legacy,
    bucketName: buckets.legacy.name,
    exports: databases.exports,
    clock,
    random,
    observer,
  };
}
