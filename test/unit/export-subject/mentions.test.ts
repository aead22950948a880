import { afterEach, expect, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../../shared/event/json.ts';
import { sealAt, startMillis } from '../../helpers/batches.ts';
import { exportSubjectWorld } from '../../helpers/export-subject-world.ts';
import { rowsWorld } from '../../helpers/rows-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const user = (pointer: string): JsonObject => ({ realm: 'user', pointer });
const personal = (pointer: string): JsonObject => ({ do: 'pseudonymize', subject: user(pointer) });
const object = (properties: JsonObject): JsonObject => ({ type: 'object', additionalProperties: false, properties });
const properties = {
  watchers: { type: 'array', items: { type: 'string', treatment: personal('0') } },
  gifts: {
    type: 'array',
    items: object({
      to: { type: 'string', treatment: personal('0') },
      name: { type: 'string', treatment: personal('1/to') },
      parts: { type: 'array', items: object({ by: { type: 'string', treatment: personal('0') } }) },
      marks: {
        type: 'object',
        propertyNames: { treatment: personal('0') },
        additionalProperties: { type: 'integer' },
      },
    }),
  },
  scores: {
    type: 'object',
    propertyNames: { treatment: personal('0') },
    additionalProperties: { type: 'object', additionalProperties: true },
  },
};
const data = {
  watchers: ['joe', 'jane'],
  gifts: [
    { to: 'joe', name: 'Joe', parts: [{ by: 'joe' }, { by: 'jane' }], marks: { joe: 1 } },
    { to: 'jane', name: 'Jane', parts: [], marks: { joe: 1, jane: 2 } },
  ],
  scores: { joe: { goals: 1 }, jane: { goals: 2 } },
};

test.each([
  ['shop.order.v1', 'shop_order_v1', undefined],
  ['shop.order.v1', 'alpha', 'alpha'],
])(
  'what is theirs in lists and maps of others, at any depth, as the warehouse has it: %s in %s',
  async (type, table, stage) => {
    const document = schemaDocument({ type, properties, ...(stage === undefined ? {} : { edi: { stage } }) });
    const world = await exportSubjectWorld({ schemas: [document] });
    closers.push(world.close);
    // Tables of DuckDB, into which rows go and come from as they do in a deployment.
    const stored = await rowsWorld([document]);
    const seal = sealAt(startMillis, 1);
    const batch = { seal, segments: [[{ id: '1', type, source: 's', subject: 'alice', data }]] };
    expect(await world.deliver(batch)).toBe('done');
    const rows = world.rowsOf(stage === undefined ? type : 'alpha').map((row) => JSON.stringify(row));
    await stored.warehouse.append({ schema: 'events_raw', table }, rows);
    world.eventRows.set(table, await stored.stored(table));
    const lines = await world.exported({ realm: 'user', subject: 'jane' });
    const found = lines.flatMap(({ row }) => (isJsonObject(row) ? [row] : []));
    expect(found).toMatchObject([{ as: 'mentioned', table }]);
    expect(found[0]?.['values']).toEqual({
      '/watchers/1': 'jane',
      '/gifts/0/parts/1/by': 'jane',
      '/gifts/1/to': 'jane',
      '/gifts/1/name': 'Jane',
      '/gifts/1/marks': { jane: 2 },
      '/scores': { jane: { goals: 2 } },
    });
    expect(JSON.stringify(lines)).not.toMatch(/joe|Joe|alice/);
  },
);
