import { type BusFileOptions, openBusFile } from '../../shared/adapters/embedded/bus-file.ts';
import { claimDocumentsIn } from '../../shared/adapters/embedded/claim-documents.ts';
import { databaseDefaults } from '../../shared/adapters/embedded/database.ts';
import { type EmbeddedPubSubParts, pubsubIn } from '../../shared/adapters/embedded/pubsub.ts';

export type EmbeddedPubSubOptions = EmbeddedPubSubParts & Omit<BusFileOptions, 'settings'>;

/** A bus with a file of its own, or `:memory:`. */
export function openEmbeddedPubSub(options: EmbeddedPubSubOptions) {
  return pubsubIn(openBusFile({ ...options, settings: { ...databaseDefaults, ...options.settings } }), options);
}

/** A claim index with a file of its own, or `:memory:`. */
export function openEmbeddedClaimDocuments(options: BusFileOptions) {
  return claimDocumentsIn(openBusFile(options));
}
