import { expect, test } from 'vitest';
import { ownerName } from '../../../functions/dedup/claim-owner.ts';
import { claimDocumentKey, fingerprintsOf } from '../../../functions/dedup/fingerprint.ts';
import { importHashKey } from '../../../shared/crypto/keyed-hash.ts';
import {
  duplicate,
  forwarded,
  identitiesOf,
  possibleDuplicate,
  sealAt,
  startMillis,
  testNamespace,
} from '../../helpers/batches.ts';
import { dedupWorld } from '../../helpers/dedup-world.ts';
import { day, testSdks } from '../../helpers/schemas.ts';

const [a, b] = [sealAt(startMillis, 1), sealAt(startMillis, 2)];

test('what a seal claims in a second batch is beside what it claimed in the first', async () => {
  const world = await dedupWorld();
  expect(await world.deliver({ seal: a, segments: [[{ id: 'first' }]] })).toEqual([forwarded]);
  expect(await world.deliver({ seal: a, segments: [[{ id: 'second' }]] })).toEqual([forwarded]);
  expect(await world.deliver({ seal: b, segments: [[{ id: 'first' }, { id: 'second' }]] })).toBe('nothing');
  expect(await world.deliver({ seal: a, segments: [[{ id: 'first' }]] })).toEqual([possibleDuplicate]);
});

test('two namespaces of one width hold different events of the same identity', async () => {
  const world = await dedupWorld();
  const namespaces = { people: { bucketWidthMillis: day }, relays: { bucketWidthMillis: day } };
  await world.registry.publishSdksUpload({ ...testSdks, namespaces }, '2');
  world.clock.advance(60_000);
  const segments = [[{ id: 'one' }]];
  expect(await world.deliver({ seal: a, sdk: 'web', segments })).toEqual([forwarded]);
  expect(await world.deliver({ seal: b, sdk: 'relay', segments })).toEqual([forwarded]);
  expect(await world.deliver({ seal: b, sdk: 'phone', segments })).toBe('nothing');
});

test('what two owners hold is forwarded by both, marked', async () => {
  const world = await dedupWorld();
  const key = importHashKey(Buffer.alloc(32, 3));
  const event = { source: 'installation-1', id: 'one', timeMicros: startMillis * 1_000 };
  const packed = fingerprintsOf(key)(identitiesOf([event]));
  const claims = new Map([a, b].map((seal) => [ownerName({ seal }), packed]));
  const documentKey = claimDocumentKey(key, { name: testNamespace, bucketWidthMillis: day }, event);
  const document = { claims, expireAtMillis: startMillis + day };
  await world.documents.write([{ key: documentKey, document, expected: 'absent' }]);
  for (const seal of [a, b]) {
    expect(await world.deliver({ seal, segments: [[{ id: 'one' }, { id: 'one' }]] })).toEqual([
      possibleDuplicate,
      duplicate,
    ]);
  }
});
