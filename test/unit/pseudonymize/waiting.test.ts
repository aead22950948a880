import { expect, test } from 'vitest';
import { defaultPseudonymizeConfig } from '../../../functions/pseudonymize/config.ts';
import { makeSubjectKeys } from '../../../functions/pseudonymize/subject-keys.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { createMemorySubjectKeyRecords } from '../../../shared/adapters/memory/subject-key-records.ts';
import { encodeMarks } from '../../../shared/batch/marks.ts';
import { openBatch, sealBatch } from '../../../shared/batch/sealed-batch.ts';
import { makeAead } from '../../../shared/crypto/tink-aead.ts';
import { newAesGcmKeyset } from '../../../shared/crypto/tink-keyset.ts';
import { subjectKeyId } from '../../../shared/erasure/subject-key-id.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { forwarded, sealAt, sealedMessage, startMillis, testNamespace } from '../../helpers/batches.ts';
import { lookupKey, pseudonymizeWorld } from '../../helpers/pseudonymize-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

test('an event that cannot be put into quarantine is not let go', async () => {
  let refuses = true;
  const publishGate = (topic: string) => {
    if (topic === 'quarantine' && refuses) throw new Unavailable('publisher', 'refuses as told');
  };
  const world = await pseudonymizeWorld({ schemas: [schemaDocument()], publishGate });
  const id = subjectKeyId(lookupKey, { realm: 'customer', subject: 'jane' });
  await world.records.createMissing([{ id, encryptedKeyset: new Uint8Array([1, 2, 3]) }]);
  const batch = { seal: sealAt(startMillis, 1), segments: [[{ id: 'one', subject: 'jane' }]] };
  await expect(world.deliver(batch, 'second')).rejects.toThrow(Unavailable);
  refuses = false;
  expect(await world.deliver(batch, 'second')).toBe('done');
  expect(world.quarantined()).toHaveLength(1);
});

test('of two that make a key at once both use the one that was stored', async () => {
  const [clock, random, records] = [createManualClock(), createSeededRandom(1), createMemorySubjectKeyRecords()];
  const master = makeAead(newAesGcmKeyset(random), random);
  const jane = { realm: 'customer', subject: 'jane' };
  const moment = { receivedAtMillis: startMillis, ownMicros: startMillis * 1_000 };
  const use = { moment, owners: [jane], personalValues: [] };
  const common = { records, lookupKey, master, clock, random, config: defaultPseudonymizeConfig };
  const instances = [makeSubjectKeys(common), makeSubjectKeys(common)];
  const found = await Promise.all(instances.map((keys) => keys.obtain([use])));
  const pseudonyms = found.map((ciphers) => {
    const cipher = ciphers.of(jane, moment);
    return cipher.kind === 'cipher' ? cipher.encrypt('x') : cipher.kind;
  });
  expect(pseudonyms[0]).toBe(pseudonyms[1]);
});

test('a row was received when its own request was', async () => {
  const world = await pseudonymizeWorld({ schemas: [schemaDocument()] });
  const seal = sealAt(startMillis, 1);
  const parts = [{ id: 'one' }, { id: 'two' }].map((event, at) => {
    const opened = openBatch(sealedMessage({ seal, segments: [[event]], receivedAtMillis: startMillis + at }));
    if (opened.kind === 'unreadable') throw new Error(opened.problem);
    return { index: opened.batch.index, bytes: opened.segments.map((segment) => Buffer.from(segment)) };
  });
  const index = {
    segments: parts.flatMap((part) => part.index.segments),
    entries: parts.flatMap((part, segment) => part.index.entries.map((entry) => ({ ...entry, segment }))),
  };
  const sealed = sealBatch({ seal, sdk: 'web', index, segments: parts.flatMap(({ bytes }) => bytes) });
  const marks = encodeMarks([forwarded, forwarded]);
  const message = { data: sealed.data, attributes: { ...sealed.attributes, marks, namespace: testNamespace } };
  expect(await world.deliverMessage(message)).toBe('done');
  expect(world.rowsOf('shop.order.v1').map((row) => row['received_time'])).toEqual([
    '2026-01-01T00:00:00.000000Z',
    '2026-01-01T00:00:00.001000Z',
  ]);
});
