import { defaultHeartbeatConfig } from '../../functions/heartbeat/config.ts';
import { start as startHeartbeat } from '../../functions/heartbeat/function.ts';
import { functions } from '../../functions/index.ts';
import { defaultIngestConfig } from '../../functions/ingest/config.ts';
import { ingestPorts, makeIngestFunction } from '../../functions/ingest/function.ts';
import type { needs as ingestNeeds } from '../../functions/ingest/needs.ts';
import { defaultPublishSchemaConfig } from '../../functions/publish-schema/config.ts';
import { makePublishSchemaFunction, publishSchemaPorts } from '../../functions/publish-schema/function.ts';
import { needs as publishSchemaNeeds } from '../../functions/publish-schema/needs.ts';
import type { PublishSchemaPorts } from '../../functions/publish-schema/stage.ts';
import type { HttpHandler } from '../../shared/http/http.ts';
import { type HeldPorts, pickPorts } from '../../shared/needs/held-ports.ts';
import { kinds } from '../../shared/needs/kinds.ts';
import type { PortsOf } from '../../shared/needs/ports.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import { makeDeadLetterRecords } from '../../shared/operations/records.ts';
import { heartbeatSdk } from '../../shared/sdks/heartbeat.ts';
import { localRegion } from './local-region.ts';
import { localDevKey, makeLocalWriteKeys } from './local-write-keys.ts';

/** The functions that run here: those that call others show a token of Google's, which nobody has here. */
export const localFunctions: readonly (typeof functions)[number][] = functions.filter((needs) => !('calls' in needs));

export interface LocalFunctionParts {
  readonly held: HeldPorts;
  readonly observer: Observer;
  /** What publish-schema works with here. */
  readonly publishing: PublishSchemaPorts;
  /** Where ingest listens, once it does. */
  readonly ingestUrl: () => string;
}

/**
 * Starts a function in this process, as it is deployed: `functions/<name>/function.ts` with the ports that it needs. What
 * the local deployment adds is here, around three of them.
 */
export async function startLocalFunction(
  needs: (typeof functions)[number],
  { held, observer, publishing, ingestUrl }: LocalFunctionParts,
): Promise<HttpHandler> {
  if (needs.name === 'ingest') return startLocalIngest(pickPorts(needs, held, observer));
  if (needs.name === 'publish-schema') {
    const { publisher, clock, authenticator } = held;
    const deadLetters = makeDeadLetterRecords({ publisher, clock, topic: kinds.topics.deadLetters.topic });
    return makePublishSchemaFunction({ ...publishing, deadLetters, authenticator }, defaultPublishSchemaConfig);
  }
  if (needs.name === 'heartbeat') {
    const ports = pickPorts(needs, held, observer);
    const config = { ...defaultHeartbeatConfig, region: localRegion, frontDoor: ingestUrl() };
    return startHeartbeat({ ...ports, secrets: { heartbeatKey: `${localDevKey}:${heartbeatSdk}` } }, config);
  }
  const { start }: { readonly start: (ports: object) => Promise<HttpHandler> } = await import(
    `../../functions/${needs.name}/function.ts`
  );
  return start(pickPorts(needs, held, observer));
}

/** With the development key, and for pages on this machine; nothing stands before it that would tell an address. */
async function startLocalIngest(ports: PortsOf<typeof ingestNeeds>): Promise<HttpHandler> {
  const made = await ingestPorts(ports);
  const writeKeys = makeLocalWriteKeys(made.writeKeys);
  const config = { ...defaultIngestConfig, allowLoopbackOrigins: true, forwardedEntry: 0, region: localRegion };
  return makeIngestFunction({ ...made, writeKeys }, config);
}

/** What publish-schema works with where no deployment makes tables: `prepare` does, as a type is published. */
export function localPublishing(
  held: HeldPorts,
  observer: Observer,
  prepare: NonNullable<PublishSchemaPorts['prepare']>,
): PublishSchemaPorts {
  return { ...publishSchemaPorts(pickPorts(publishSchemaNeeds, held, observer)), prepare };
}
