import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { duplicate, forwarded, possibleDuplicate, sealAt, startMillis } from '../../helpers/batches.ts';
import { dedupWorld } from '../../helpers/dedup-world.ts';
import { day } from '../../helpers/schemas.ts';

const first = sealAt(startMillis, 1);
const second = sealAt(startMillis, 2);
const third = sealAt(startMillis, 3);
const segments = [[{ id: 'a' }]];
const direct = (seal: string) => ({ seal, segments });
const replay = (seal: string) => ({ seal, segments, replayed: true }) as const;
const old = { beyondLookBack: true };

describe('a corrected event and the replay of the refused one', () => {
  test('the correction first: the replay is a duplicate, as often as it comes', async () => {
    const { deliver } = await dedupWorld();
    expect(await deliver(direct(second))).toEqual([forwarded]);
    expect(await deliver(replay(first))).toBe('nothing');
    expect(await deliver(replay(first))).toBe('nothing');
    expect(await deliver(direct(second))).toEqual([possibleDuplicate]);
  });

  test('the replay first: the correction goes on, marked, and then counts against replays and resends', async () => {
    const { deliver } = await dedupWorld();
    expect(await deliver(replay(first))).toEqual([forwarded]);
    expect(await deliver(direct(second))).toEqual([possibleDuplicate]);
    expect(await deliver(direct(third))).toBe('nothing');
    expect(await deliver(replay(third))).toBe('nothing');
    // What it forwarded once it forwards again, or a crash before its publish would lose the event.
    expect(await deliver(replay(first))).toEqual([possibleDuplicate]);
    expect(await deliver(direct(second))).toEqual([possibleDuplicate]);
  });

  test('after the look-back the claim of neither holds the other off', async () => {
    for (const [one, other] of [
      [direct(first), replay],
      [replay(first), direct],
    ] as const) {
      const { deliver, clock } = await dedupWorld();
      await deliver(one);
      clock.advance(29 * day);
      expect(await deliver(other(sealAt(clock.nowMillis(), 2)))).toEqual([{ ...forwarded, ...old }]);
    }
  });

  test('a replayed claim lives as long as its seal says', async () => {
    const { deliver, clock } = await dedupWorld();
    await deliver(replay(first));
    clock.advance(20 * day);
    // Writes the document, which drops what has expired.
    await deliver({ seal: sealAt(clock.nowMillis(), 4), segments: [[{ id: 'b' }]] });
    clock.advance(7 * day);
    expect(await deliver(replay(sealAt(clock.nowMillis(), 5)))).toBe('nothing');
    clock.advance(2 * day);
    expect(await deliver(replay(sealAt(clock.nowMillis(), 6)))).toEqual([{ ...forwarded, ...old }]);
  });
});

test('of two replays the first wins', async () => {
  const { deliver } = await dedupWorld();
  expect(await deliver(replay(second))).toEqual([forwarded]);
  expect(await deliver(replay(first))).toBe('nothing');
});

test('what its own seal claimed is its own: what pseudonymize set aside goes on when it is replayed, and the other way', async () => {
  for (const [one, other] of [
    [direct(first), replay(first)],
    [replay(first), direct(first)],
  ]) {
    const { deliver } = await dedupWorld();
    if (one === undefined || other === undefined) throw new Error('no pair');
    await deliver(one);
    expect(await deliver(other)).toEqual([possibleDuplicate]);
    expect(await deliver(one)).toEqual([possibleDuplicate]);
  }
});

test('while a width changes, a replayed claim of the other layout holds nobody off either', async () => {
  const { deliver, registry, clock } = await dedupWorld();
  const sdks = { web: { namespace: 'people', origins: [] } };
  await deliver(replay(first));
  const namespaces = { people: { bucketWidthMillis: 1_000, alsoReadBucketWidthMillis: day } };
  await registry.publishSdksUpload({ namespaces, sdks }, '2');
  clock.advance(60_000);
  expect(await deliver(direct(second))).toEqual([forwarded]);
  expect(await deliver(replay(third))).toBe('nothing');
  expect(await deliver(replay(first))).toEqual([possibleDuplicate]);
  expect(await deliver({ ...direct(third), segments: [[{ id: 'a' }, { id: 'b' }]] })).toEqual([duplicate, forwarded]);
});

test('whatever the order: a direct copy of each event goes on, and whoever forwarded forwards again', async () => {
  const ofOwner = fc.record({ seal: fc.nat({ max: 3 }), isReplay: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(ofOwner, { minLength: 1, maxLength: 12 }), async (deliveries) => {
      const { deliver } = await dedupWorld();
      const forwarders = new Set<string>();
      for (const { seal, isReplay } of deliveries) {
        const batch = (isReplay ? replay : direct)(sealAt(startMillis, seal));
        const name = `${seal}${isReplay ? 'r' : ''}`;
        const goesOn = (await deliver(batch)) !== 'nothing';
        if (forwarders.has(name)) expect(goesOn).toBe(true);
        if (goesOn) forwarders.add(name);
      }
      const wereDirect = deliveries.some(({ isReplay }) => !isReplay);
      expect(forwarders.size).toBeGreaterThan(0);
      if (wereDirect) expect([...forwarders].some((name) => !name.endsWith('r'))).toBe(true);
    }),
    { numRuns: 100 },
  );
});
