import type { HttpHandler } from '../../shared/http/http.ts';
import { makePubSubFunction } from '../../shared/http/pubsub-function.ts';
import type { PortsOf } from '../../shared/needs/ports.ts';
import { makeLines } from '../../shared/operations/lines.ts';
import { makeDeadLetterRecords } from '../../shared/operations/records.ts';
import type { DeadLetterRecords } from '../../shared/ports/operations.ts';
import type { PushAuthenticator } from '../../shared/ports/push-authenticator.ts';
import { checkPublishSchemaConfig, defaultPublishSchemaConfig, type PublishSchemaConfig } from './config.ts';
import type { needs } from './needs.ts';
import { makePublishSchemaStage, type PublishSchemaPorts } from './stage.ts';
import { makeThreadedCheck } from './threaded-check.ts';

/** Starts the function on what a deployment opens for it. */
export async function start(ports: PortsOf<typeof needs>, config = defaultPublishSchemaConfig): Promise<HttpHandler> {
  checkPublishSchemaConfig(config);
  const { publisher, topics, clock } = ports;
  const deadLetters = makeDeadLetterRecords({ publisher, topic: topics.deadLetters, clock });
  return makePublishSchemaFunction({ ...ports, ...publishSchemaPorts(ports, config), deadLetters }, config);
}

/** What its stage works with, of what a deployment opens. */
export function publishSchemaPorts(
  ports: PortsOf<typeof needs>,
  config = defaultPublishSchemaConfig,
): PublishSchemaPorts {
  const { databases, buckets, described, clock, observer } = ports;
  const { schemas, snapshot } = buckets;
  const tables = { tables: described.raw, dataset: described.raw.dataset };
  const stored = { registry: databases.registry, schemas, schemaBucket: schemas.name, snapshots: snapshot };
  return { ...stored, ...tables, checkSchema: makeThreadedCheck(config.maxCheckMillis), clock, observer };
}

/** The HTTP function that Pub/Sub pushes Cloud Storage's notifications of uploaded schemas to. */
export function makePublishSchemaFunction(
  ports: PublishSchemaPorts & { readonly deadLetters: DeadLetterRecords; readonly authenticator?: PushAuthenticator },
  config: PublishSchemaConfig,
): HttpHandler {
  const { observer, authenticator, deadLetters, clock } = ports;
  const lines = makeLines({ stage: 'publish-schema', clock, observer, deadLetters });
  const stage = makePublishSchemaStage(ports, config);
  return makePubSubFunction({
    name: 'publish-schema',
    stage,
    lines,
    observer,
    ...(authenticator ? { authenticator } : {}),
  });
}
