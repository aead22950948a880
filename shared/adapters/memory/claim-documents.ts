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
  const documents = new Map<string, Kept>();
  const gate = options.gate ?? openGate;
  let writes = 0;

  return {
    async read(keys) {
      await gate('read');
      return keys.map((key) => {
        const stored = documents.get(key);
        return stored === undefined ? undefined : documentOf(stored);
      });
    },
    async write(requested) {
      assertClaimWrites(requested);
      const copies = requested.map(({ key, document, expected }) => ({ key, expected, content: contentOf(document) }));
      await gate('write');
      return copies.map(({ key, expected, content }) => {
        if ((documents.get(key)?.version ?? 'absent') !== expected) return 'conflict';
        writes += 1;
        documents.set(key, { content, version: String(writes) });
        return 'written';
      });
    },
    async purgeExpired(nowMillis, maxDocuments) {
      await gate('purgeExpired');
      let deleted = 0;
      for (const [key, { content }] of documents) {
        if (deleted >= maxDocuments) break;
        if (content.expireAtMillis <= nowMillis && documents.delete(key)) deleted += 1;
      }
      return deleted;
    },
    documentCount: () => documents.size,
  };
}

interface Kept {
  readonly content: Content;
  readonly version: string;
}

/** A document's content with the bytes of all owners in one array, which is copied at once: an array each costs most of it. */
interface Content {
  readonly owners: readonly string[];
  /** Where the bytes of each owner end; they begin where those of the one before do. */
  readonly ends: readonly number[];
  readonly packed: Uint8Array;
  readonly split: boolean;
  readonly expireAtMillis: number;
}

function contentOf({ claims, split, expireAtMillis }: ClaimDocument): Content {
  let bytes = 0;
  for (const ofOwner of claims.values()) bytes += ofOwner.length;
  const packed = new Uint8Array(bytes);
  const owners: string[] = [];
  const ends: number[] = [];
  let end = 0;
  for (const [owner, ofOwner] of claims) {
    packed.set(ofOwner, end);
    end += ofOwner.length;
    owners.push(owner);
    ends.push(end);
  }
  return { owners, ends, packed, split: split ?? false, expireAtMillis };
}

/** Shares no memory with what is kept: each reader has a copy of its own. */
function documentOf({ content, version }: Kept): StoredClaimDocument {
  const { owners, ends, expireAtMillis } = content;
  const { buffer } = content.packed.slice();
  const claims = new Map<string, Uint8Array>();
  let start = 0;
  for (let at = 0; at < owners.length; at++) {
    const end = ends[at] ?? 0;
    claims.set(owners[at] ?? '', new Uint8Array(buffer, start, end - start));
    start = end;
  }
  return { claims, expireAtMillis, version, ...(content.split ? { split: true } : {}) };
}
