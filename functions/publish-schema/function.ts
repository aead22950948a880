import type { HttpHandler } from '../../shared/http/http.ts';
import { makePubSubFunction } from '../../shared/http/pubsub-function.ts';
import type { PushAuthenticator } from '../../shared/ports/push-authenticator.ts';
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
