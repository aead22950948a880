import { openEventTypes } from '../../shared/event-types/open-event-types.ts';
import type { HttpHandler } from '../../shared/http/http.ts';
import { makePubSubFunction } from '../../shared/http/pubsub-function.ts';
import type { PortsOf } from '../../shared/needs/ports.ts';
import { batchLines } from '../../shared/operations/batch-lines.ts';
import { checkDedupConfig, defaultDedupConfig } from './config.ts';
import type { needs } from './needs.ts';
import { type DedupPorts, makeDedupStage } from './stage.ts';

/** Starts the HTTP function that Pub/Sub pushes topic `received` to, on what a deployment opens for it. */
export async function start(ports: PortsOf<typeof needs>, config = defaultDedupConfig): Promise<HttpHandler> {
  checkDedupConfig(config);
  const stage = makeDedupStage(await dedupPorts(ports), config);
  const { observer, authenticator } = ports;
  const lines = batchLines({ ...ports, stage: 'dedup', config });
  return makePubSubFunction({ name: 'dedup', stage, lines, observer, authenticator });
}

/** What its stage works with, of what a deployment opens. */
export async function dedupPorts(ports: PortsOf<typeof needs>): Promise<DedupPorts> {
  const { topics, databases, secrets, publisher, clock, observer } = ports;
  const eventTypes = await openEventTypes(ports);
  const { claimsKey } = secrets;
  const stored = { documents: databases.claims, deduplicatedTopic: topics.deduplicated, publisher };
  return { ...stored, eventTypes, claimsKey, clock, observer };
}
