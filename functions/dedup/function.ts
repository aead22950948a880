import type { HttpHandler } from '../../shared/http/http.ts';
import { makePubSubFunction } from '../../shared/http/pubsub-function.ts';
import type { PushAuthenticator } from '../../shared/ports/push-authenticator.ts';
import type { DedupConfig } from './config.ts';
import { type DedupPorts, makeDedupStage } from './stage.ts';

/** The HTTP function that Pub/Sub pushes topic `received` to. */
export function makeDedupFunction(
  ports: DedupPorts & { readonly authenticator?: PushAuthenticator },
  config: DedupConfig,
): HttpHandler {
  const { observer, authenticator } = ports;
  const stage = makeDedupStage(ports, config);
  return makePubSubFunction({ name: 'dedup', stage, observer, ...(authenticator ? { authenticator } : {}) });
}
