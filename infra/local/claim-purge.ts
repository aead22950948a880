import type { EmbeddedClaimDocuments } from '../../shared/adapters/embedded/claim-documents.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { describeError } from '../../shared/observe/describe-error.ts';
import type { Observer } from '../../shared/observe/observer.ts';

const intervalMillis = 3_600_000;
/** Deleted in one transaction, during which the claim index answers nobody. */
const maxDocuments = 1_000;
const pauseMillis = 100;

/** Deletes expired claim documents, now and every hour: what Firestore's TTL policy does in the cloud. */
export function startClaimPurge(
  documents: Pick<EmbeddedClaimDocuments, 'purgeExpired'>,
  observer: Observer,
): { stop(): void } {
  let stopped = false;
  let cancel = systemClock.after(pauseMillis, purge);

  async function purgeSome(): Promise<void> {
    const deleted = await documents.purgeExpired(systemClock.nowMillis(), maxDocuments);
    if (!stopped) cancel = systemClock.after(deleted < maxDocuments ? intervalMillis : pauseMillis, purge);
  }

  /** A purge that failed is tried again with the next one. */
  function purge(): void {
    purgeSome().catch((error: unknown) => {
      if (!stopped) cancel = systemClock.after(intervalMillis, purge);
      observer.log('ERROR', 'expired claims could not be purged', describeError(error));
    });
  }

  return {
    stop() {
      stopped = true;
      cancel();
    },
  };
}
