import { defaultDedupConfig } from '../../functions/dedup/config.ts';
import { dedupPorts } from '../../functions/dedup/function.ts';
import { needs as dedupNeeds } from '../../functions/dedup/needs.ts';
import { makeDedupStage } from '../../functions/dedup/stage.ts';
import { defaultIngestConfig } from '../../functions/ingest/config.ts';
import { makeCreationBounds } from '../../functions/ingest/creation-bounds.ts';
import { ingestPorts } from '../../functions/ingest/function.ts';
import { needs as ingestNeeds } from '../../functions/ingest/needs.ts';
import { readEvents } from '../../functions/ingest/read-events.ts';
import { makeSealer } from '../../functions/ingest/sealer.ts';
import { type IngestAnswer, makeIngestStage } from '../../functions/ingest/stage.ts';
import { defaultPseudonymizeConfig } from '../../functions/pseudonymize/config.ts';
import { pseudonymizePorts } from '../../functions/pseudonymize/function.ts';
import { needs as pseudonymizeNeeds } from '../../functions/pseudonymize/needs.ts';
import { makePseudonymizeStage } from '../../functions/pseudonymize/stage.ts';
import { defaultPublishSchemaConfig } from '../../functions/publish-schema/config.ts';
import { publishSchemaPorts } from '../../functions/publish-schema/function.ts';
import { needs as publishNeeds } from '../../functions/publish-schema/needs.ts';
import { makePublishSchemaStage } from '../../functions/publish-schema/stage.ts';
import { newUuidV7 } from '../../shared/event/uuid.ts';
import { type HeldPorts, pickPorts } from '../../shared/needs/held-ports.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import type { Request } from './clients.ts';
import { checkOnce } from './documents.ts';

/** Small, so that what is rare elsewhere is common here: split documents, several seals of a request, lost races. */
const dedupConfig = { ...defaultDedupConfig, maxClaimRounds: 3, maxDocumentBytes: 300 };
const ingestConfig = { ...defaultIngestConfig, maxSealEvents: 6 };

/** The real ingest, from the body on; what comes before it is HTTP. */
export async function startIngest(held: HeldPorts, observer: Observer): Promise<(request: Request) => Promise<IngestAnswer>> {
  const ports = await ingestPorts(pickPorts(ingestNeeds, held, observer));
  const newSeal = () => newUuidV7(ports.clock, ports.random);
  const sealer = makeSealer({ ...ports, topic: ports.receivedTopic, newSeal, settings: ingestConfig });
  const creations = makeCreationBounds(ingestConfig, ports.clock, ports.random);
  const stage = makeIngestStage({ ...ports, sealer, newSeal, creations, config: ingestConfig });
  return async ({ sdk, source, body, sentAtMillis }) => {
    const events = readEvents({ 'content-type': 'application/json' }, Buffer.from(body), ingestConfig.maxBodyBytes);
    if (events.kind === 'problem') throw new Error(events.title);
    const sentAt = sentAtMillis === undefined ? {} : { sentAtMillis };
    return stage({ events, key: { kind: 'sdk', sdk }, client: source, ...sentAt });
  };
}

export async function startDedup(held: HeldPorts, observer: Observer) {
  return makeDedupStage(await dedupPorts(pickPorts(dedupNeeds, held, observer)), dedupConfig);
}

export async function startPseudonymize(held: HeldPorts, observer: Observer) {
  const config = defaultPseudonymizeConfig;
  return makePseudonymizeStage(await pseudonymizePorts(pickPorts(pseudonymizeNeeds, held, observer), config), config);
}

/** A thread would make the order of things depend on the machine. */
export async function startPublishSchema(held: HeldPorts, observer: Observer) {
  const ports = publishSchemaPorts(pickPorts(publishNeeds, held, observer));
  return makePublishSchemaStage({ ...ports, checkSchema: checkOnce }, defaultPublishSchemaConfig);
}
