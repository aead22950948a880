import type { PushAuthenticator } from '../../shared/ports/push-authenticator.ts';
import type { HttpHandler } from '../../shared/stage/http.ts';
import { makePubSubFunction } from '../../shared/stage/pubsub-function.ts';
import type { PublishSchemaConfig } from './config.ts';
import { makePublishSchemaStage, type PublishSchemaPorts } from './stage.ts';

/** The HTTP function that Pub/Sub pushes Cloud Storage's notifications of uploaded schemas to. */
export function makePublishSchemaFunction(
  ports: PublishSchemaPorts & { readonly authenticator?: PushAuthenticator },
  config: PublishSchemaConfig,
): HttpHandler {
  const { observer, authenticator } = ports;
  const stage = makePublishSchemaStage(ports, config);
  return makePubSubFunction({ name: 'publish-schema', stage, observer, ...(authenticator ? { authenticator } : {}) });
}
