import { expect, test } from 'vitest';
import { createMemoryPublisher } from '../../../shared/adapters/memory/publisher.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { generateSealedBoxKeyPair } from '../../../shared/crypto/sealed-box.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import type { QuarantinedEvent } from '../../../shared/ports/quarantine.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import {
  makeEncryptedQuarantine,
  openQuarantinedPayload,
  quarantineColumns,
} from '../../../shared/quarantine/quarantine-record.ts';

const random = createSeededRandom(1);
const { publicKey, privateKey } = generateSealedBoxKeyPair(random);
const event: QuarantinedEvent = {
  seal: '0190c1f0-1234-7000-8000-00000000000a',
  receivedAtMillis: Date.UTC(2026, 0, 1),
  sdk: 'web',
  reason: 'schema',
  errors: [{ path: '/data/people/*', keyword: 'type' }],
  type: 'shop.order.v1',
  stage: 'ingest',
  payload: Buffer.from('{"data":"alice@example.com"}'),
};

async function rowsOf(events: readonly QuarantinedEvent[]): Promise<JsonObject[]> {
  const publisher = createMemoryPublisher();
  await makeEncryptedQuarantine({ publisher, topic: 'quarantine', publicKey, random }).keep(events);
  return publisher.messagesOf('quarantine').map(({ data }) => JSON.parse(Buffer.from(data).toString('utf8')));
}

test('a record is a row of its table, in the clear but for the payload', async () => {
  const [row] = await rowsOf([event]);
  expect(row).toEqual({
    seal: event.seal,
    received_time: '2026-01-01T00:00:00.000000Z',
    sdk: 'web',
    stage: 'ingest',
    reason: 'schema',
    type: 'shop.order.v1',
    errors: [{ path: '/data/people/*', keyword: 'type' }],
    payload: expect.stringMatching(/^[\w+/]+=*$/),
  });
  expect(JSON.stringify(row)).not.toContain('alice');
});

test('a row has every required column and none that the table has not', async () => {
  const { sdk: _sdk, type: _type, ...least } = event;
  for (const row of await rowsOf([event, least])) {
    const names = Object.keys(row);
    expect(quarantineColumns.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    for (const column of quarantineColumns) if (column.mode === 'REQUIRED') expect(names).toContain(column.name);
  }
});

test('the payload opens with the private key and its own seal only', async () => {
  const [row, again] = await rowsOf([event, event]);
  const payload = String(row?.['payload']);
  expect(Buffer.from(openQuarantinedPayload(privateKey, event.seal, payload) ?? []).toString()).toBe(
    event.payload.toString(),
  );
  expect(openQuarantinedPayload(privateKey, event.seal.replace('a', 'b'), payload)).toBeUndefined();
  expect(openQuarantinedPayload(generateSealedBoxKeyPair(random).privateKey, event.seal, payload)).toBeUndefined();
  expect(openQuarantinedPayload(privateKey, event.seal, 'AAAA')).toBeUndefined();
  expect(again?.['payload']).not.toBe(payload);
});

test('rejects when the records are not known to be stored', async () => {
  const publisher = createMemoryPublisher();
  publisher.failNext(1, 'stored');
  const quarantine = makeEncryptedQuarantine({ publisher, topic: 'quarantine', publicKey, random });
  await expect(quarantine.keep([event])).rejects.toThrow(Unavailable);
});
