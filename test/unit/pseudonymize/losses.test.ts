import { expect, test } from 'vitest';
import { sealAt, startMillis } from '../../helpers/batches.ts';
import { pseudonymizeWorld } from '../../helpers/pseudonymize-world.ts';
import { day, schemaDocument } from '../../helpers/schemas.ts';

const type = 'shop.order.v1';
const seal = sealAt(startMillis, 1);

test('an event that its table keeps no longer is counted as lost, by day and type, before the batch is done', async () => {
  const world = await pseudonymizeWorld({ schemas: [schemaDocument({ edi: { retentionDays: 30 } })] });
  const event = (id: string, days: number) => ({ id, timeMillis: startMillis - days * day });
  const batch = { seal, segments: [[event('a', 31), event('b', 30), event('c', 31)]] };
  expect(await world.deliver(batch)).toBe('done');
  expect(world.rowsOf(type)).toHaveLength(1);
  expect(world.counts.get('lost.table-retention')).toBe(2);
  const lost = world.publisher.messagesOf('losses').map(({ data }) => JSON.parse(Buffer.from(data).toString()));
  expect(lost).toEqual([
    {
      loss_key: expect.stringMatching(/^pseudonymize:/),
      recorded_time: new Date(startMillis).toISOString(),
      day: new Date(startMillis - 31 * day).toISOString().slice(0, 10),
      stage: 'pseudonymize',
      reason: 'table-retention',
      type,
      sdk: 'web',
      events: 2,
    },
  ]);
});
