import type { HttpHandler } from '../../shared/http/http.ts';
import { makePubSubFunction } from '../../shared/http/pubsub-function.ts';
import type { PushAuthenticator } from '../../shared/ports/push-authenticator.ts';
import type { PseudonymizeConfig } from './config.ts';
import { makePseudonymizeStage, type PseudonymizePorts } from './stage.ts';

/** The HTTP function that Pub/Sub pushes topic `deduplicated` to. */
export function makePseudonymizeFunction(
  ports: PseudonymizePorts & { readonly authenticator?: PushAuthenticator },
  config: PseudonymizeConfig,
): HttpHandler {
  const { observer, authenticator } = ports;
  const stage = makePseudonymizeStage(ports, config);
  return makePubSubFunction({ name: 'pseudonymize', stage, observer, ...(authenticator ? { authenticator } : {}) });
}
