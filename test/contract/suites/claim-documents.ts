import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ClaimDocument, ClaimDocuments, StoredClaimDocument } from '../../../shared/ports/claim-documents.ts';
import { bytes, type ContractAdapter, type OpenedAdapter } from '../contract-adapter.ts';

function documentOf(claims: Record<string, number[]>, expireAtMillis = 1_800_000_000_000): ClaimDocument {
  const entries = Object.entries(claims).map(([owner, packed]) => [owner, Uint8Array.from(packed)] as const);
  return { claims: new Map(entries), expireAtMillis };
}

function contentOf(stored: StoredClaimDocument | undefined): ClaimDocument | undefined {
  if (stored === undefined) return undefined;
  const { version: _, ...content } = stored;
  return content;
}

/** What every storage of the claim index promises. */
export function claimDocumentsContract(adapter: ContractAdapter<ClaimDocuments>): void {
  describe(`claim documents: ${adapter.name}`, () => {
    let opened: OpenedAdapter<ClaimDocuments>;
    let documents: ClaimDocuments;
    beforeEach(async () => {
      opened = await adapter.open();
      documents = opened.port;
    });
    afterEach(() => opened.close());

    const versionOf = async (key: string): Promise<string> => {
      const [stored] = await documents.read([key]);
      return stored?.version ?? 'absent';
    };

    test('answers a read in the order of the keys, absent ones too', async () => {
      const a = documentOf({ 'seal-a': [1, 2, 3, 4, 5, 6, 7, 8] }, 1_000);
      const b = documentOf({ 'seal-b': [], 'seal-ü': [255, 0, 0, 0, 0, 0, 0, 128] }, 2_000);
      await documents.write([
        { key: 'a', document: a, expected: 'absent' },
        { key: 'b', document: b, expected: 'absent' },
      ]);
      const [readB, missing, readA, againA] = await documents.read(['b', 'missing', 'a', 'a']);
      expect(contentOf(readB)).toEqual(b);
      expect(missing).toBeUndefined();
      expect(contentOf(readA)).toEqual(a);
      expect(againA).toEqual(readA);
      expect(await documents.read([])).toEqual([]);
    });

    test('keeps that a document is split', async () => {
      const split: ClaimDocument = { ...documentOf({ seal: [1, 2, 3, 4, 5, 6, 7, 8] }), split: true };
      await documents.write([{ key: 's', document: split, expected: 'absent' }]);
      await documents.write([{ key: 'whole', document: documentOf({}), expected: 'absent' }]);
      const [readSplit, readWhole] = await documents.read(['s', 'whole']);
      expect(contentOf(readSplit)).toEqual(split);
      expect(readWhole?.split).toBeUndefined();
    });

    test('writes only over the version that was read, and every write moves it', async () => {
      const write = async (expected: string, owner: string) =>
        documents.write([{ key: 'k', document: documentOf({ [owner]: [1] }), expected }]);
      expect(await write('absent', 'first')).toEqual(['written']);
      const first = await versionOf('k');
      expect(await write('absent', 'late')).toEqual(['conflict']);
      expect(await versionOf('k')).toBe(first);
      expect(await write(first, 'second')).toEqual(['written']);
      expect(await versionOf('k')).not.toBe(first);
      expect(await write(first, 'stale')).toEqual(['conflict']);
      const [stored] = await documents.read(['k']);
      expect([...(stored?.claims.keys() ?? [])]).toEqual(['second']);
    });

    test('replaces a document whole', async () => {
      await documents.write([{ key: 'k', document: documentOf({ old: [1], both: [2] }, 10), expected: 'absent' }]);
      const replacement = documentOf({ both: [3] }, 20);
      await documents.write([{ key: 'k', document: replacement, expected: await versionOf('k') }]);
      expect(contentOf((await documents.read(['k']))[0])).toEqual(replacement);
      expect((await documents.read(['k']))[0]?.claims.has('old')).toBe(false);
    });

    test('answers each write of a call by itself: a conflict does not hold up the others', async () => {
      await documents.write([{ key: 'taken', document: documentOf({ a: [1] }), expected: 'absent' }]);
      const outcome = await documents.write([
        { key: 'free-1', document: documentOf({ b: [1] }), expected: 'absent' },
        { key: 'taken', document: documentOf({ b: [1] }), expected: 'absent' },
        { key: 'gone', document: documentOf({ b: [1] }), expected: '12345' },
        { key: 'free-2', document: documentOf({ b: [1] }), expected: 'absent' },
      ]);
      expect(outcome).toEqual(['written', 'conflict', 'conflict', 'written']);
      const [free1, , gone, free2] = await documents.read(['free-1', 'taken', 'gone', 'free-2']);
      expect([free1?.claims.size, gone, free2?.claims.size]).toEqual([1, undefined, 1]);
    });

    test('lets exactly one of many racing writers win, for a new document and for an old one', async () => {
      for (const expected of ['absent', 'read'] as const) {
        const precondition = expected === 'absent' ? 'absent' : await versionOf('hot');
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, writer) =>
            documents.write([
              { key: 'hot', document: documentOf({ [`${expected}-${writer}`]: [writer] }), expected: precondition },
            ]),
          ),
        );
        const winners = outcomes.flatMap(([outcome], writer) => (outcome === 'written' ? [writer] : []));
        expect(winners).toHaveLength(1);
        const [stored] = await documents.read(['hot']);
        expect([...(stored?.claims.keys() ?? [])]).toEqual([`${expected}-${winners[0]}`]);
      }
    });

    test('loses no update of writers that read again after a conflict', async () => {
      const claim = async (owner: string): Promise<void> => {
        for (;;) {
          const [stored] = await documents.read(['hot']);
          const claims = new Map(stored?.claims).set(owner, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
          const document = { claims, expireAtMillis: 5 };
          const [outcome] = await documents.write([{ key: 'hot', document, expected: stored?.version ?? 'absent' }]);
          if (outcome === 'written') return;
        }
      };
      const owners = Array.from({ length: 16 }, (_, index) => `seal-${index}`);
      await Promise.all(owners.map(claim));
      const [stored] = await documents.read(['hot']);
      expect([...(stored?.claims.keys() ?? [])].sort()).toEqual([...owners].sort());
    });

    test('shares no memory with its caller', async () => {
      const packed = Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 1);
      const claims = new Map([['seal', packed]]);
      const written = documents.write([{ key: 'k', document: { claims, expireAtMillis: 1 }, expected: 'absent' }]);
      packed.fill(9);
      claims.set('other', packed);
      await written;
      const [first] = await documents.read(['k']);
      first?.claims.get('seal')?.fill(7);
      const [second] = await documents.read(['k']);
      expect([...(second?.claims ?? [])]).toEqual([['seal', Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 1)]]);
    });

    test('answers with documents that have expired: the code above checks', async () => {
      await documents.write([{ key: 'k', document: documentOf({ a: [1] }, 1), expected: 'absent' }]);
      expect((await documents.read(['k']))[0]?.expireAtMillis).toBe(1);
    });

    test('keeps a document of several hundred KiB, and refuses one above 1 MiB or a key twice in a call', async () => {
      const large = documentOf({ seal: Array.from({ length: 400_000 }, (_, index) => index % 256) });
      expect(await documents.write([{ key: 'k', document: large, expected: 'absent' }])).toEqual(['written']);
      const [stored] = await documents.read(['k']);
      const [packed, expected] = [stored, large].map((document) => document?.claims.get('seal') ?? new Uint8Array(0));
      expect(Buffer.compare(packed ?? bytes(''), expected ?? bytes('different'))).toBe(0);
      const huge = { claims: new Map([['seal', new Uint8Array(1_048_577)]]), expireAtMillis: 1 };
      await expect(documents.write([{ key: 'h', document: huge, expected: 'absent' }])).rejects.toThrow(RangeError);
      const twice = { key: 't', document: documentOf({ a: [1] }), expected: 'absent' };
      await expect(documents.write([twice, twice])).rejects.toThrow(RangeError);
      expect(await documents.read(['h', 't'])).toEqual([undefined, undefined]);
    });

    if (adapter.survivesRestart) {
      test('keeps documents and versions over a restart', async () => {
        const document = documentOf({ seal: [1, 2, 3, 4, 5, 6, 7, 8] }, 123);
        await documents.write([{ key: 'k', document, expected: 'absent' }]);
        const before = await versionOf('k');
        documents = await opened.reopen();
        expect(contentOf((await documents.read(['k']))[0])).toEqual(document);
        expect(await documents.write([{ key: 'k', document, expected: before }])).toEqual(['written']);
        expect(await versionOf('k')).not.toBe(before);
      });
    }
  });
}
