import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ObjectStore } from '../../../shared/ports/object-store.ts';
import { bytes, type ContractAdapter, type OpenedAdapter, text } from '../contract-adapter.ts';

/** Names that no store may take: they escape a folder, or cannot be told apart, or have no bound. */
export const refusedNames: Readonly<Record<string, string>> = {
  empty: '',
  'a slash alone': '/',
  parent: '..',
  'parent at the start': '../escaped',
  'parent inside': 'a/../../escaped',
  'parent at the end': 'a/..',
  'parent and a slash': '../',
  'parents at the end, and a slash': 'a/../../',
  'the folder itself': '.',
  'a dot inside': 'a/./b',
  absolute: '/escaped',
  'two slashes': 'a//b',
  'a slash at the end': 'a/',
  backslashes: 'a\\..\\..\\escaped',
  'a zero byte': 'a\u0000b',
  'a zero byte at the end': 'a\u0000',
  'a line feed': 'a\nb',
  'a control character of the upper range': 'a\u0085b',
  'half a surrogate pair': 'a\ud800b',
  'too long': `${'a/'.repeat(512)}bb`,
  'a part that is too long': `a/${'b'.repeat(201)}`,
};

/** What every object store promises. */
export function objectStoreContract(adapter: ContractAdapter<ObjectStore>): void {
  describe(`object store: ${adapter.name}`, () => {
    let opened: OpenedAdapter<ObjectStore>;
    let store: ObjectStore;
    beforeEach(async () => {
      opened = await adapter.open();
      store = opened.port;
    });
    afterEach(() => opened.close());

    const generationOf = async (name: string): Promise<string> => (await store.get(name))?.generation ?? 'absent';

    test('gives back what was put, whatever bytes', async () => {
      const data = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
      await store.put('schemas/shop/order.v1.json', data);
      await store.put('empty', new Uint8Array(0));
      expect(Buffer.compare((await store.get('schemas/shop/order.v1.json'))?.data ?? bytes(''), data)).toBe(0);
      expect((await store.get('empty'))?.data.byteLength).toBe(0);
      expect(await store.get('schemas/shop')).toBeUndefined();
      expect(await store.get('missing/name')).toBeUndefined();
      expect(await store.get('empty/name')).toBeUndefined();
    });

    test('is read piece by piece, from any byte on', async () => {
      const data = Buffer.from(Uint8Array.from({ length: 700_000 }, (_, index) => index % 251));
      await store.put('long', data);
      for (const from of [0, 1, 262_144, 699_999]) {
        const stream = await store.stream('long', from);
        expect(stream?.generation).toBe(await generationOf('long'));
        const pieces: Uint8Array[] = [];
        for await (const piece of stream?.bytes ?? []) pieces.push(piece);
        expect(Buffer.compare(Buffer.concat(pieces), data.subarray(from))).toBe(0);
      }
      expect(await store.stream('missing', 0)).toBeUndefined();
      await store.put('folder/name', data);
      expect(await store.stream('folder', 0)).toBeUndefined();
    });

    test('holds no more of an object than it was told to', async () => {
      await store.put('name', new Uint8Array(1_000));
      expect(await store.getBounded('name', 999)).toBe('too-large');
      const stored = await store.getBounded('name', 1_000);
      expect(stored).toMatchObject({ generation: await generationOf('name') });
      expect(await store.getBounded('missing', 10)).toBeUndefined();
    });

    test('moves the generation with every write, also of equal content', async () => {
      const generations = new Set<string>();
      for (let write = 0; write < 5; write += 1) {
        await store.put('name', bytes('same'));
        generations.add(await generationOf('name'));
      }
      expect(generations.size).toBe(5);
    });

    test('writes only over the generation that is expected', async () => {
      expect(await store.put('name', bytes('1'), 'absent')).toBe('written');
      const first = await generationOf('name');
      expect(await store.put('name', bytes('late'), 'absent')).toBe('conflict');
      expect(await store.put('name', bytes('2'), first)).toBe('written');
      expect(await store.put('name', bytes('stale'), first)).toBe('conflict');
      expect(await store.put('other', bytes('x'), first)).toBe('conflict');
      expect(text((await store.get('name'))?.data)).toBe('2');
    });

    test('lets exactly one of many racing writers win, and shows no mixture', async () => {
      for (const expected of ['absent', 'read'] as const) {
        const precondition = expected === 'absent' ? 'absent' : await generationOf('hot');
        const contents = Array.from({ length: 12 }, (_, writer) => `${expected} ${writer} `.repeat(2_000));
        const outcomes = await Promise.all(contents.map((content) => store.put('hot', bytes(content), precondition)));
        const winner = outcomes.indexOf('written');
        expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1);
        expect(text((await store.get('hot'))?.data)).toBe(contents[winner]);
      }
    });

    test.each(Object.entries(refusedNames))('refuses a name with: %s', async (_, name) => {
      await expect(store.put(name, bytes('x'))).rejects.toThrow(RangeError);
      await expect(store.get(name)).rejects.toThrow(RangeError);
      await expect(store.getBounded(name, 10)).rejects.toThrow(RangeError);
    });

    test('takes names that only look odd', async () => {
      const names = ['..a', '...', 'a..b/c', '.hidden', 'with space/ü-漢字', 'a%2F..%2Fb', `${'x'.repeat(200)}/y`];
      for (const name of names) await store.put(name, bytes(name));
      for (const name of names) expect(text((await store.get(name))?.data)).toBe(name);
    });

    test('lists what begins with a prefix, in order, and no more of what is taken away', async () => {
      const listed = async (prefix: string) => (await Array.fromAsync(store.list(prefix))).join(' ');
      expect(await listed('')).toBe('');
      for (const name of ['b/2', 'b/10', 'a', 'b/1/x', 'bc', 'b/ü', 'b/z']) await store.put(name, bytes(name));
      expect(await listed('b/')).toBe('b/1/x b/10 b/2 b/z b/ü');
      expect(await listed('')).toBe('a b/1/x b/10 b/2 b/z b/ü bc');
      expect(await listed('c')).toBe('');
      for (const name of ['b/10', 'b/1/x', 'missing', 'b']) await store.remove(name);
      expect(await listed('b/')).toBe('b/2 b/z b/ü');
      expect(await store.get('b/10')).toBeUndefined();
      expect(await store.put('b/10', bytes('again'), 'absent')).toBe('written');
    });

    test('shares no memory with its caller', async () => {
      const data = bytes('content');
      const written = store.put('name', data);
      data.fill(0);
      await written;
      (await store.get('name'))?.data.fill(0);
      expect(text((await store.get('name'))?.data)).toBe('content');
    });

    if (adapter.survivesRestart) {
      test('keeps objects and generations over a restart', async () => {
        await store.put('a/b', bytes('x'));
        const generation = await generationOf('a/b');
        store = await opened.reopen();
        expect(await generationOf('a/b')).toBe(generation);
        expect(await store.put('a/b', bytes('y'), generation)).toBe('written');
      });
    }
  });
}
