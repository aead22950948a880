import type { HttpHandler } from '../../shared/stage/http.ts';
import { makePubSubFunction } from '../../shared/stage/pubsub-function.ts';
import type { PseudonymizeConfig } from './config.ts';
import { makePseudonymizeStage, type PseudonymizePorts } from './stage.ts';

/** The HTTP function that Pub/Sub pushes topic `deduplicated` to. */
export function makePseudonymizeFunction(ports: PseudonymizePorts, config: PseudonymizeConfig): HttpHandler {
  return makePubSubFunction({
    name: 'pseudonymize',
    stage: makePseudonymizeStage(ports, config),
    observer: ports.observer,
  });
}
