import type { HttpHandler } from '../../shared/stage/http.ts';
import { makePubSubFunction } from '../../shared/stage/pubsub-function.ts';
import type { DedupConfig } from './config.ts';
import { type DedupPorts, makeDedupStage } from './stage.ts';

/** The HTTP function that Pub/Sub pushes topic `received` to. */
export function makeDedupFunction(ports: DedupPorts, config: DedupConfig): HttpHandler {
  return makePubSubFunction({ name: 'dedup', stage: makeDedupStage(ports, config), observer: ports.observer });
}
