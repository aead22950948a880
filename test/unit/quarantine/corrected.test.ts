import { describe, expect, onTestFinished, test } from 'vitest';
import { ensureTables } from '../../../infra/local/tables.ts';
import { eventTopic } from '../../../infra/naming.ts';
import { makeTopology } from '../../../infra/topology.ts';
import { runReadOnlyQuery } from '../../../shared/adapters/embedded/duckdb/query.ts';
import { openWarehouse } from '../../../shared/adapters/embedded/duckdb/tables.ts';
import { alphaSink, sinkTable } from '../../../shared/event-types/alpha.ts';
import { marksOf, sealAt, sealedMessage, startMillis, type TestBatch } from '../../helpers/batches.ts';
import { dedupWorld } from '../../helpers/dedup-world.ts';
import { pseudonymizeWorld } from '../../helpers/pseudonymize-world.ts';
import { day, eventSchema, schemaDocument } from '../../helpers/schemas.ts';

const type = 'shop.order.v1';

/** Dedup, pseudonymize, the type's table and its view: the real code, on one path. */
async function path(stage: 'alpha' | 'ga') {
  const document = schemaDocument({ type, properties: { amount: { type: 'integer' } }, edi: { stage } });
  const { edi } = eventSchema(document);
  const dedup = await dedupWorld();
  const pseudonymize = await pseudonymizeWorld({ schemas: [document] });
  const warehouse = await openWarehouse({ path: ':memory:' });
  onTestFinished(() => warehouse.close());
  await ensureTables(warehouse, makeTopology([eventSchema(document)]));
  const topic = eventTopic(stage === 'alpha' ? alphaSink : type);
  const table = { schema: 'events_raw', table: sinkTable(edi) };
  let written = 0;
  const amounts = async (schema: string) => {
    const select = stage === 'alpha' ? "CAST(data->>'amount' AS BIGINT)" : 'data.amount';
    const sql = `SELECT ${select}, replayed FROM ${schema}.${table.table} ORDER BY 1`;
    const result = await runReadOnlyQuery(warehouse, sql, { maxRows: 100, timeoutMillis: 15_000 });
    return result.kind === 'rows' ? result.rows : result.reason;
  };
  return {
    clock: dedup.clock,
    view: () => amounts('events'),
    rows: () => amounts('events_raw'),
    /** What becomes of a batch that ingest or a replay has published. */
    async send(amount: number, batch: Pick<TestBatch, 'seal' | 'replayed' | 'receivedAtMillis'>) {
      const whole = { ...batch, segments: [[{ id: 'a', data: { amount } }]] };
      const before = dedup.publisher.published.length;
      await dedup.stage({ ...sealedMessage(whole), messageId: '1', publishTimeMillis: 0, subscription: 'dedup' });
      const forwarded = dedup.publisher.published.slice(before).at(-1);
      if (forwarded === undefined) return;
      expect(await pseudonymize.deliver({ ...whole, marks: marksOf(forwarded) })).toBe('done');
      const rows = pseudonymize.publisher.messagesOf(topic).slice(written);
      written += rows.length;
      const answers = await warehouse.append(
        table,
        rows.map(({ data }) => data),
      );
      expect(answers).toEqual(rows.map(() => ({ kind: 'inserted' })));
    },
  };
}

// A client sends 9000, which is refused, and then 90 with the same identity; the schema is loosened, and 9000 replayed.
const refused = { seal: sealAt(startMillis, 1), receivedAtMillis: startMillis, replayed: true } as const;
const resentMillis = startMillis + 60_000;
const corrected = { seal: sealAt(resentMillis, 2), receivedAtMillis: resentMillis };

describe.each(['ga', 'alpha'] as const)('a corrected event of a type in stage %s', (stage) => {
  test.each([10, 36])('keeps its place when the refused one is replayed after %d days', async (days) => {
    const { clock, send, view, rows } = await path(stage);
    await send(90, corrected);
    clock.advance(days * day);
    await send(9_000, refused);
    await send(9_000, refused);
    expect(await view()).toEqual([[90, null]]);
    // Within the look-back the replay is a duplicate and makes no row; after it the view alone tells.
    expect((await rows()).length).toBe(days < 28 ? 1 : 3);
  });

  test.each([1, 36])('takes the place of the refused one that was replayed %d days before', async (days) => {
    const { clock, send, view } = await path(stage);
    await send(9_000, refused);
    expect(await view()).toEqual([[9_000, true]]);
    clock.advance(days * day);
    const late = clock.nowMillis();
    await send(90, { seal: sealAt(late, 2), receivedAtMillis: late });
    expect(await view()).toEqual([[90, null]]);
    await send(9_000, refused);
    expect(await view()).toEqual([[90, null]]);
  });
});
