import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { checkExportLegacyConfig, defaultExportLegacyConfig } from '../../../functions/export-legacy/config.ts';
import { needs } from '../../../functions/export-legacy/needs.ts';
import { exportWorld, mapping, startSeconds } from '../../helpers/export-world.ts';

const lines = Array.from({ length: 300 }, (_, at) => `${startSeconds + (at % 7)}\tx${at % 50}\t${at % 13}`);
const lastWeekOf2025 = { 'shop.order.v1 2025-12-29': 300 };
const file = `${lines.join('\n')}\n`;

/** What every export of the file has to come to. */
async function wholeIds(): Promise<ReadonlySet<string>> {
  const world = await exportWorld();
  await world.put('files/tv/one.tsv', file);
  await world.exportToEnd('files/tv/one.tsv');
  return new Set(world.ids());
}

describe('an uploaded file', () => {
  test('becomes sealed batches of its binding, and the end of it is noted', async () => {
    const world = await exportWorld({ config: { maxSealEvents: 100 } });
    await world.put('files/tv/one.tsv', file);
    expect(await world.notify('files/tv/one.tsv')).toEqual({ kind: 'done' });
    expect(world.batches().map(({ sdk, index }) => [sdk, index.entries.length])).toEqual([
      ...Array.from({ length: 3 }, () => ['legacy-tv', 100]),
    ]);
    expect(world.batches()[0]?.index.entries[0]).toMatchObject({
      source: 'till:x0',
      type: 'shop.order.v1',
      revision: 1,
    });
    expect(await world.state('files/tv/one.tsv')).toMatchObject({
      state: 'done',
      counts: { records: 300, mapped: 300, accepted: 300, bad: 0, reasons: {}, acceptedByWeek: lastWeekOf2025 },
      checkpoint: { toldTo: Buffer.byteLength(file) },
    });
    expect(new Set(world.ids()).size).toBe(300);
  });

  test('goes once, however often it is told of, and has the same ids in any order, pieces and compression', async () => {
    const ids = await wholeIds();
    const world = await exportWorld();
    const reversed = lines.toReversed().join('\n');
    await world.put('files/tv/one.tsv', file);
    await world.put('files/tv/again.tsv.gz', gzipSync(reversed));
    await world.put('files/tv/first half.tsv', zstdCompressSync(`${lines.slice(0, 150).join('\n')}\n`));
    await world.put('files/tv/second half.tsv', lines.slice(150).join('\r\n'));
    for (const object of [
      'files/tv/again.tsv.gz',
      'files/tv/first half.tsv',
      'files/tv/second half.tsv',
      'files/tv/one.tsv',
    ]) {
      await world.exportToEnd(object);
    }
    expect(new Set(world.ids())).toEqual(ids);
    const sent = world.ids().length;
    await world.notify('files/tv/one.tsv');
    expect(world.ids()).toHaveLength(sent);
  });

  test('loses and invents nothing where every call fails somewhere', async () => {
    const ids = await wholeIds();
    for (const effect of ['not-stored', 'stored'] as const) {
      const world = await exportWorld({ config: { maxSealEvents: 20, checkpointSeconds: 0.001 }, tickMillis: 1 });
      await world.put('files/tv/one.tsv', file);
      for (let at = 0; at < 5; at++) {
        world.publisher.failNext(1, effect);
        await expect(world.notify('files/tv/one.tsv')).rejects.toThrow('fails as told');
      }
      await world.exportToEnd('files/tv/one.tsv');
      expect(new Set(world.ids())).toEqual(ids);
      expect((await world.state('files/tv/one.tsv'))?.state).toBe('done');
    }
  });

  test.each<[string, Uint8Array]>([
    ['plain', Buffer.from(file.repeat(40))],
    ['gzip', gzipSync(file.repeat(40))],
  ])('that takes longer than a call is gone on with in the next ones: %s', async (_, bytes) => {
    const world = await exportWorld({ config: { maxCallSeconds: 1, checkpointSeconds: 1 }, tickMillis: 2 });
    await world.put('files/tv/one.tsv', bytes);
    expect(await world.exportToEnd('files/tv/one.tsv')).toBeGreaterThan(2);
    expect(await world.state('files/tv/one.tsv')).toMatchObject({
      state: 'done',
      counts: { records: 12_000, accepted: 12_000 },
    });
    expect(world.ids()).toHaveLength(12_000);
    expect(new Set(world.ids()).size).toBe(12_000);
  });

  test('is sent no faster than its rate', async () => {
    const world = await exportWorld({ config: { maxRecordsPerSecond: 100, maxSealEvents: 50 } });
    await world.put('files/tv/one.tsv', file);
    await world.notify('files/tv/one.tsv');
    const state = await world.state('files/tv/one.tsv');
    expect((state?.savedAtMillis ?? 0) - (state?.startedAtMillis ?? 0)).toBeGreaterThanOrEqual(2_500);
  });
});

describe('what does not go on', () => {
  test('is in quarantine with file, line, offset and reason, and the rest goes on', async () => {
    const world = await exportWorld();
    const at = startSeconds;
    await world.put(
      'files/tv/day/one.tsv',
      `${at}\tok\t1\n${at}\tbad\tx\n${at}\tlarge\t5000\n${at}\tcolumns\n${at}\tok\t2\n`,
    );
    await world.notify('files/tv/day/one.tsv');
    const place = (line: number, offset: number) => [
      { path: '/files/tv/day/one.tsv', keyword: 'file' },
      { path: `/${line}`, keyword: 'line' },
      { path: `/${offset}`, keyword: 'offset' },
    ];
    expect(world.kept).toMatchObject([
      {
        reason: 'legacy-value',
        errors: [{ path: '/amount', keyword: 'legacy-value' }, ...place(2, 16)],
        sdk: 'legacy-tv',
      },
      {
        reason: 'schema',
        type: 'shop.order.v1',
        errors: [{ path: '/data/amount', keyword: 'maximum' }, ...place(3, 33)],
      },
      { reason: 'legacy-columns', errors: [{ path: '', keyword: 'legacy-columns' }, ...place(4, 55)] },
    ]);
    expect(world.kept.every(({ stage }) => stage === 'export-legacy')).toBe(true);
    expect(Buffer.from(world.kept[0]?.payload ?? []).toString()).toBe(`${at}\tbad\tx`);
    expect(await world.state('files/tv/day/one.tsv')).toMatchObject({
      counts: {
        records: 5,
        mapped: 3,
        bad: 2,
        accepted: 2,
        reasons: { 'legacy-value': 1, schema: 1, 'legacy-columns': 1 },
      },
    });
  });

  test('keeps length and hash alone of a record that is larger than an event may be', async () => {
    const world = await exportWorld();
    await world.put('files/tv/one.tsv', `1\t${'x'.repeat(70_000)}\t1\n`);
    await world.notify('files/tv/one.tsv');
    expect(JSON.parse(Buffer.from(world.kept[0]?.payload ?? []).toString())).toEqual({
      lengthBytes: 70_004,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('comes in once when the mapping is mended and the file is exported again', async () => {
    const world = await exportWorld();
    const at = startSeconds;
    await world.put('files/tv/one.tsv', `${at}\ta\t1\n${at}\tb\t2,5\n`);
    await world.notify('files/tv/one.tsv');
    const mended = {
      ...mapping,
      columns: { ...mapping.columns, amount: { type: 'integer', decimal: ',', round: 'nearest' } },
    };
    await world.put('mappings/tv.json', JSON.stringify(mended));
    await world.put('files/tv/two.tsv', `${at}\ta\t1\n${at}\tb\t2,5\n`);
    await world.notify('files/tv/two.tsv');
    expect(world.kept).toHaveLength(1);
    expect(world.ids()).toHaveLength(3);
    expect(new Set(world.ids()).size).toBe(2);
  });
});

describe('a file of which too many records are bad', () => {
  const at = startSeconds;
  const wrong = `${at}\tgood\t1\n${Array.from({ length: 40 }, (_, x) => `${at}\tx${x}\t${x % 2 === 0 ? 'one' : 5_000}\n`).join('')}`;
  const waits = { kind: 'retry', reason: 'legacy-bad-records' };

  async function pausedWorld() {
    const world = await exportWorld({ config: { maxBadRecords: 12 } });
    await world.put('files/tv/one.tsv', wrong);
    expect(await world.notify('files/tv/one.tsv')).toEqual(waits);
    return world;
  }

  test('keeps no more than that many, and waits with the first of them', async () => {
    const world = await pausedWorld();
    expect(world.kept).toHaveLength(12);
    expect(new Set(world.ids()).size).toBe(1);
    const state = await world.state('files/tv/one.tsv');
    expect(state).toMatchObject({
      state: 'paused',
      counts: { accepted: 1, reasons: { 'legacy-value': 6, schema: 6 } },
    });
    expect(state?.firstBad).toHaveLength(10);
    expect(state?.firstBad.slice(0, 2)).toEqual([
      { reason: 'legacy-value', path: '/amount', line: 2, offset: 18 },
      { reason: 'schema', path: '/data/amount', line: 3, offset: 36 },
    ]);
    expect(world.observer.entries).toContainEqual(
      expect.objectContaining({
        severity: 'ERROR',
        message: expect.stringContaining('too many of its records are bad'),
      }),
    );
  });

  test('is not read again before its mapping, its types or the bound are others', async () => {
    const world = await pausedWorld();
    for (let call = 0; call < 3; call++) expect(await world.notify('files/tv/one.tsv')).toEqual(waits);
    expect(world.kept).toHaveLength(12);
  });

  test('begins anew under a mended mapping, and comes in once', async () => {
    const world = await pausedWorld();
    const enumeration = { one: 1, ...Object.fromEntries([['5000', 500]]) };
    const amount = { type: 'integer', enum: enumeration, otherwise: 'keep' };
    await world.put('mappings/tv.json', JSON.stringify({ ...mapping, columns: { ...mapping.columns, amount } }));
    expect(await world.notify('files/tv/one.tsv')).toEqual({ kind: 'done' });
    expect(await world.state('files/tv/one.tsv')).toMatchObject({
      state: 'done',
      counts: { records: 41, accepted: 41, reasons: {} },
      firstBad: [],
    });
    expect(new Set(world.ids()).size).toBe(41);
    expect(world.kept).toHaveLength(12);
  });

  test('begins anew under a mended schema', async () => {
    const world = await exportWorld({ config: { maxBadRecords: 5 }, tickMillis: 1 });
    await world.put('files/tv/one.tsv', Array.from({ length: 20 }, (_, x) => `${at}\tx${x}\t5000\n`).join(''));
    expect(await world.notify('files/tv/one.tsv')).toEqual(waits);
    await world.activate({ amount: { type: 'integer', maximum: 10_000 } });
    expect(await world.notify('files/tv/one.tsv')).toEqual({ kind: 'done' });
    expect(new Set(world.ids()).size).toBe(20);
  });

  test('waits also where they come in several calls', async () => {
    const config = { maxBadRecords: 12, maxCallSeconds: 1, checkpointSeconds: 1 };
    const world = await exportWorld({ config, tickMillis: 2 });
    const good = Array.from({ length: 12_000 }, (_, x) => `${at}\tg${x}\t1\n`).join('');
    await world.put('files/tv/one.tsv', `${wrong.slice(0, 200)}\n${good}${wrong}`);
    await world.exportToEnd('files/tv/one.tsv');
    expect(world.kept).toHaveLength(12);
    expect(await world.state('files/tv/one.tsv')).toMatchObject({ state: 'paused' });
    expect((await world.state('files/tv/one.tsv'))?.firstBad).toHaveLength(10);
  });
});

describe('a file that cannot be exported', () => {
  test('waits for its mapping, its types and its binding, and nothing of it is refused', async () => {
    const world = await exportWorld({ schemas: [] });
    await world.put('files/tv/one.tsv', file);
    await world.put('files/radio/one.tsv', file);
    expect(await world.notify('files/radio/one.tsv')).toEqual({ kind: 'retry', reason: 'legacy-mapping' });
    expect(await world.notify('files/tv/one.tsv')).toEqual({ kind: 'retry', reason: 'legacy-type-waits' });
    await world.put('mappings/radio.json', '{"columns": 1}');
    expect(await world.notify('files/radio/one.tsv')).toEqual({ kind: 'retry', reason: 'legacy-mapping' });
    expect([world.kept, world.ids()]).toEqual([[], []]);
  });

  test.each<[string, Uint8Array, string]>([
    ['compressed file that ends early', gzipSync(file).subarray(0, -20), 'broken'],
    ['file in UTF-16', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(file, 'utf16le')]), 'encoding'],
  ])('is refused as a whole, once, and logged: %s', async (_, bytes, reason) => {
    const world = await exportWorld();
    await world.put('files/tv/one.tsv', bytes);
    expect(await world.notify('files/tv/one.tsv')).toEqual({ kind: 'done' });
    expect(await world.state('files/tv/one.tsv')).toMatchObject({ state: 'refused', reason });
    expect(await world.notify('files/tv/one.tsv')).toEqual({ kind: 'done' });
    expect(world.kept).toEqual([]);
  });

  test('begins anew with a mapping that changed between two calls', async () => {
    const world = await exportWorld({ config: { maxCallSeconds: 1, checkpointSeconds: 1 }, tickMillis: 2 });
    await world.put('files/tv/one.tsv', file.repeat(10));
    await world.notify('files/tv/one.tsv');
    expect((await world.state('files/tv/one.tsv'))?.state).toBe('running');
    await world.put('mappings/tv.json', JSON.stringify({ ...mapping, description: 'Tills, as of today' }));
    await world.exportToEnd('files/tv/one.tsv');
    expect(await world.state('files/tv/one.tsv')).toMatchObject({ state: 'done', counts: { records: 3_000 } });
    expect(new Set(world.ids()).size).toBe(3_000);
  });

  test('is passed over where it is gone, replaced, a mapping, or of another bucket', async () => {
    const world = await exportWorld();
    await world.put('files/tv/one.tsv', file);
    for (const object of ['files/tv/gone.tsv', 'mappings/tv.json', 'one.tsv']) {
      expect(await world.notify(object, '77')).toEqual({ kind: 'done' });
    }
    expect(await world.notify('files/tv/one.tsv', '77')).toEqual({ kind: 'done' });
    expect([world.kept, world.ids()]).toEqual([[], []]);
  });
});

test('settings that contradict each other are refused', () => {
  const check = (config: Partial<typeof defaultExportLegacyConfig>) => () =>
    checkExportLegacyConfig({ ...defaultExportLegacyConfig, ...config }, needs.size.timeoutSeconds);
  expect(check({})).not.toThrow();
  expect(check({ maxCallSeconds: 500 })).toThrow('cut off');
  expect(check({ maxSealBytes: 100 })).toThrow('would not fit');
  expect(check({ checkpointSeconds: 430 })).toThrow('save anything');
});
