import type { Publisher } from '../../../ports/publisher.ts';
import { createPubSubPublisher } from '../publisher.ts';
import { type Environment, emulatorOf, projectOf } from './environment.ts';

export function openPublisher(environment: Environment): Publisher {
  const projectId = projectOf(environment);
  return createPubSubPublisher({ projectId, ...emulatorOf(environment, 'PUBSUB_EMULATOR_HOST') });
}
