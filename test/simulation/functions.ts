import { defaultDedupConfig } from '../../functions/dedup/config.ts';
import { start as dedup } from '../../functions/dedup/function.ts';
import { needs as dedupNeeds } from '../../functions/dedup/needs.ts';
import { defaultIngestConfig } from '../../functions/ingest/config.ts';
import { makeCreationBounds } from '../../functions/ingest/creation-bounds.ts';
import { ingestPorts } from '../../functions/ingest/function.ts';
import { needs as ingestNeeds } from '../../functions/ingest/needs.ts';
import { readEvents } from '../../functions/ingest/read-events.ts';
import { makeSealer } from '../../functions/ingest/sealer.ts';
import { type IngestAnswer, makeIngestStage } from '../../functions/ingest/stage.ts';
import { start as pseudonymize } from '../../functions/pseudonymize/function.ts';
import { needs as pseudonymizeNeeds } from '../../functions/pseudonymize/needs.ts';
import { defaultPublishSchemaConfig } from '../../functions/publish-schema/config.ts';
import { makePublishSchemaFunction, publishSchemaPorts } from '../../functions/publish-schema/function.ts';
import { needs as publishNeeds } from '../../functions/publish-schema/needs.ts';
import { newUuidV7 } from '../../shared/event/uuid.ts';
import { type HeldPorts, pickPorts } from '../../shared/needs/held-ports.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import { makeDeadLetterRecords } from '../../shared/operations/records.ts';
import { noTokens } from '../helpers/no-tokens.ts';
import type { Request } from './clients.ts';
import { checkOnce } from './documents.ts';
import { type Push, pushTo } from './push.ts';

/** Small, so that what is rare elsewhere is common here: split documents, several seals of a request, lost races. */
const dedupConfig = { ...defaultDedupConfig, maxClaimRounds: 3, maxDocumentBytes: 300 };
const ingestConfig = { ...defaultIngestConfig, maxSealEvents: 6 };

/** The real ingest, from the body on; what comes before it is HTTP. */
export async function startIngest(
  held: HeldPorts,
  observer: Observer,
): Promise<(request: Request) => Promise<IngestAnswer>> {
  const ports = await ingestPorts(pickPorts(ingestNeeds, held, observer));
  const newSeal = () => newUuidV7(ports.clock, ports.random);
  const sealer = makeSealer({ ...ports, topic: ports.receivedTopic, newSeal, settings: ingestConfig });
  const creations = makeCreationBounds(ingestConfig, ports.clock, ports.random);
  const stage = makeIngestStage({ ...ports, sealer, newSeal, creations, verify: noTokens, config: ingestConfig });
  return async ({ sdk, source, body, sentAtMillis }) => {
    const events = readEvents({ 'content-type': 'application/json' }, Buffer.from(body), ingestConfig.maxBodyBytes);
    if (events.kind === 'problem') throw new Error(events.title);
    const sentAt = sentAtMillis === undefined ? {} : { sentAtMillis };
    return stage({ events, key: { kind: 'sdk', sdk }, client: source, ...sentAt });
  };
}

/** The real functions from here on, as Pub/Sub pushes to them. */
export async function startDedup(held: HeldPorts, observer: Observer): Promise<Push> {
  return pushTo(await dedup(pickPorts(dedupNeeds, held, observer), dedupConfig));
}

export async function startPseudonymize(held: HeldPorts, observer: Observer): Promise<Push> {
  return pushTo(await pseudonymize(pickPorts(pseudonymizeNeeds, held, observer)));
}

/** A thread would make the order of things depend on the machine. */
export async function startPublishSchema(held: HeldPorts, observer: Observer): Promise<Push> {
  const ports = pickPorts(publishNeeds, held, observer);
  const { publisher, topics, clock } = ports;
  const deadLetters = makeDeadLetterRecords({ publisher, topic: topics.deadLetters, clock });
  const work = { ...ports, ...publishSchemaPorts(ports), deadLetters, checkSchema: checkOnce };
  return pushTo(makePublishSchemaFunction(work, defaultPublishSchemaConfig));
}
