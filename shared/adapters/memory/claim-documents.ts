import type { ClaimDocument, ClaimDocuments, StoredClaimDocument } from '../../ports/claim-documents.ts';
import { assertClaimWrites } from '../claim-document-limits.ts';
import { type Gate, openGate } from './gate.ts';

export interface MemoryClaimDocuments extends ClaimDocuments {
  /** Deletes up to `maxDocuments` documents that expired at or before `nowMillis`; answers how many. */
  purgeExpired(nowMillis: number, maxDocuments: number): Promise<number>;
  /** Documents that are stored. */
  documentCount(): number;
}

/** Claim documents in a map. */
export function createMemoryClaimDocuments(options: { gate?: Gate } = {}): MemoryClaimDocuments {
  const documents = new Map<string, StoredClaimDocument>();
  const gate = options.gate ?? openGate;
  let writes = 0;

  return {
    async read(keys) {
      await gate('read');
      return keys.map((key) => {
        const stored = documents.get(key);
        return stored === undefined ? undefined : { ...copyOf(stored), version: stored.version };
      });
    },
    async write(requested) {
      assertClaimWrites(requested);
      const copies = requested.map((write) => ({ ...write, document: copyOf(write.document) }));
      await gate('write');
      return copies.map(({ key, document, expected }) => {
        if ((documents.get(key)?.version ?? 'absent') !== expected) return 'conflict';
        writes += 1;
        documents.set(key, { ...document, version: String(writes) });
        return 'written';
      });
    },
    async purgeExpired(nowMillis, maxDocuments) {
      await gate('purgeExpired');
      let deleted = 0;
      for (const [key, document] of documents) {
        if (deleted >= maxDocuments) break;
        if (document.expireAtMillis <= nowMillis && documents.delete(key)) deleted += 1;
      }
      return deleted;
    },
    documentCount: () => documents.size,
  };
}

function copyOf(document: ClaimDocument): ClaimDocument {
  const claims = new Map<string, Uint8Array>();
  for (const [owner, packed] of document.claims) claims.set(owner, new Uint8Array(packed));
  return { claims, expireAtMillis: document.expireAtMillis, ...(document.split ? { split: true } : {}) };
}
