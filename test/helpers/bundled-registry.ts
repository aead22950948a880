/** What `test/contract/bundled-registry.test.ts` bundles as a function's code is bundled. */
export { openTransactionalFirestore } from '../../shared/adapters/gcp/firestore-transactions.ts';
export { createFirestorePublishingRegistry } from '../../shared/adapters/gcp/publishing-registry.ts';
