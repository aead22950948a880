import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultIngestConfig } from '../../../functions/ingest/config.ts';
import { type IngestWorld, orderEvent, startIngest } from '../../helpers/ingest-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const schemas = [schemaDocument({ properties: { amount: { type: 'number' } } })];
let world: IngestWorld;
beforeEach(async () => {
  world = await startIngest({ schemas });
});
afterEach(() => world.close());

const { maxOwnRecords } = defaultIngestConfig;
const unknown = (at: number, type = 'shop.unknown.v1') => orderEvent({ id: `u-${at}`, type });
const many = (count: number, type?: string) => Array.from({ length: count }, (_, at) => unknown(at, type));
const rows = () =>
  world.quarantined().map(({ row: { reason, type, events, sequence } }) => ({ reason, type, events, sequence }));

describe('9: refusing costs at most what accepting costs', () => {
  test('so many refused events of a request have a record each', async () => {
    await world.post(many(maxOwnRecords));
    expect(world.quarantined().map(({ payload }) => payload)).toEqual(
      many(maxOwnRecords).map((event) => JSON.stringify(event)),
    );
    expect(rows().every(({ events }) => events === 1)).toBe(true);
  });

  test('more are one record, with their count, and every event has its answer', async () => {
    const answer = await world.post(many(1_000));
    const rejected = many(1_000).map((_, index) => expect.objectContaining({ index, reason: 'unknown-type' }));
    expect(await answer.json()).toMatchObject({ accepted: 0, rejected });
    expect(rows()).toEqual([{ reason: 'unknown-type', type: 'shop.unknown.v1', events: 1_000, sequence: 0 }]);
    expect(JSON.parse(world.quarantined()[0]?.payload ?? '')).toEqual(many(1_000));
    // Each has the key of its identity, by which a replay knows the newest attempt at it.
    const keys = String(world.quarantined()[0]?.row['identity_keys']).match(/.{22}/g) ?? [];
    expect(new Set(keys).size).toBe(1_000);
    await world.post([unknown(7)]);
    expect(world.quarantined()[1]?.row['identity_key']).toBe(keys[7]);
  });

  test('one for each reason and type, beside what is accepted, and beside what is no JSON object', async () => {
    const wrongData = Array.from({ length: 20 }, (_, at) => orderEvent({ id: `w-${at}`, data: { amount: 'x' } }));
    const answer = await world.post([orderEvent(), ...many(20), ...many(10, 'shop.other.v1'), ...wrongData, 1, 'x']);
    expect(await answer.json()).toMatchObject({ accepted: 1 });
    expect(rows()).toEqual([
      { reason: 'unknown-type', type: 'shop.unknown.v1', events: 20, sequence: 1 },
      { reason: 'unknown-type', type: 'shop.other.v1', events: 10, sequence: 21 },
      { reason: 'schema', type: 'shop.order.v1', events: 20, sequence: 31 },
      { reason: 'envelope', type: undefined, events: 2, sequence: 51 },
    ]);
  });

  test('a thousand types make few records', async () => {
    await world.post(Array.from({ length: 1_000 }, (_, at) => unknown(at, `shop.unknown${at}.v1`)));
    expect(rows()).toHaveLength(9);
    expect(rows().at(-1)).toEqual({ reason: 'unknown-type', type: undefined, events: 992, sequence: 8 });
  });

  test('the text is the one that was sent: numbers beyond 2^53, escapes and spaces', async () => {
    const text = (at: number) =>
      `{"specversion":"1.0", "id":"n-${at}","type":"a.b.v1","data":{"n":9007199254740993,"t":"\\u00e9"}}`;
    const texts = Array.from({ length: 100 }, (_, at) => text(at));
    await world.post(`[ ${texts.join(' ,\n')} ]`);
    await world.post(`[${JSON.stringify(orderEvent())},${texts.join(' ,\n')}]`);
    const payloads = world.quarantined().map(({ payload }) => payload);
    expect(payloads).toEqual([`[ ${texts.join(' ,\n')} ]`, `[${texts.join(',')}]`]);
  });

  test('a record is no larger than what a replay seals in one batch', async () => {
    await world.close();
    world = await startIngest({ schemas, config: { maxSealEvents: 40 } });
    await world.post(many(100));
    expect(rows().map(({ events, sequence }) => [events, sequence])).toEqual([
      [40, 0],
      [40, 40],
      [20, 80],
    ]);
  });
});
