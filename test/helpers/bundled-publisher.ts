/** What `test/contract/publisher.test.ts` bundles as a function's code is bundled. */
export { createPubSubPublisher } from '../../shared/adapters/gcp/publisher.ts';
