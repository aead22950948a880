import { beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { orderEvent } from '../../helpers/ingest-world.ts';
import { replayWorld } from '../../helpers/replay-world.ts';
import { schemaDocument, testSdks } from '../../helpers/schemas.ts';
import { customerRealm, signingKey } from '../../helpers/token-issuer.ts';

let sdks: JsonObject;
beforeAll(async () => {
  sdks = { ...testSdks, realms: customerRealm([await signingKey('a')]) };
});

const provenSubjects = [{ realm: 'customer', subject: 'c-1' }];
const buyer = { type: 'string', treatment: { do: 'pseudonymize', subject: { realm: 'customer', pointer: '0' } } };
const edi = { sdks: ['phone', 'web', 'relay'] };
const named = schemaDocument({ properties: { amount: { type: 'integer' } }, edi });
/** What a revision that came later says of the same events. */
const newer = schemaDocument({
  properties: { amount: { type: 'integer' }, buyer },
  edi: { ...edi, subjectRealm: 'visitor' },
});

describe('a record goes on', () => {
  test.each<[string, JsonObject, object]>([
    ['with the person whom it proves', orderEvent({ subject: 'c-1' }), { provenSubjects }],
    ['with whomever a secret key names', orderEvent({ subject: 'c-2' }), { sdk: 'relay' }],
    ['without anybody', orderEvent(), {}],
  ])('%s', async (_, event, record) => {
    const world = await replayWorld({ schemas: [named], sdks });
    await world.keep(event, record);
    expect(await world.run()).toMatchObject({ replayed: 1, refused: {} });
  });
});

describe('a record stays', () => {
  test.each<[string, JsonObject, JsonObject, object]>([
    ['that proves nobody', named, orderEvent({ subject: 'c-1' }), {}],
    ['that proves another', named, orderEvent({ subject: 'c-2' }), { provenSubjects }],
    [
      'that proves one of another realm',
      named,
      orderEvent({ subject: 'c-1' }),
      { provenSubjects: [{ realm: 'visitor', subject: 'c-1' }] },
    ],
    ['of whom a newer revision names somebody', newer, orderEvent({ data: { buyer: 'c-2' } }), { provenSubjects }],
    ['of an SDK that nobody knows', named, orderEvent({ subject: 'c-1' }), { sdk: null }],
  ])('%s', async (_, schema, event, record) => {
    const world = await replayWorld({ schemas: [schema], sdks });
    await world.keep(event, record);
    expect(await world.run()).toMatchObject({ replayed: 0, refused: { subject: 1 } });
    expect(world.received()).toEqual([]);
  });

  test('where realms are not verified, none of them does', async () => {
    const world = await replayWorld({ schemas: [named] });
    await world.keep(orderEvent({ subject: 'c-1' }));
    expect(await world.run()).toMatchObject({ replayed: 1 });
  });
});

test('what a record proves goes on with its event, so that it is not asked for again behind ingest', async () => {
  const world = await replayWorld({ schemas: [named], sdks });
  await world.keep(orderEvent({ subject: 'c-1' }), { provenSubjects });
  await world.keep(orderEvent({ id: 'e-2' }));
  await world.run();
  const segments = world.received().flatMap(({ index }) => index.segments);
  expect(segments.flatMap(({ provenSubjects: proven }) => proven ?? [])).toEqual(provenSubjects);
  expect(segments).toHaveLength(2);
});

test('of several events in one record those go on whom it proves, and the record is not marked', async () => {
  const world = await replayWorld({ schemas: [named], sdks });
  const events = [orderEvent({ subject: 'c-1' }), orderEvent({ id: 'e-2', subject: 'c-2' })];
  await world.keep(JSON.stringify(events), { provenSubjects, events: 2 });
  expect(await world.run()).toMatchObject({ replayed: 1, refused: { subject: 1 } });
});
