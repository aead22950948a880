import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import type { EventRows } from '../../../shared/ports/event-rows.ts';

/** Rows of `eventRowsColumns`, by table. */
export type OpenEventRows = (tables: Readonly<Record<string, readonly JsonObject[]>>) => Promise<EventRows>;

const row = (key: string, more: JsonObject = {}): JsonObject => ({
  event_key: key,
  event_time: '2026-01-01T00:00:00.250000Z',
  subject: null,
  names: [],
  data: { name: null, open: null },
  ...more,
});

/** The rows of a table by their keys, with those that repeat. */
async function keysIn(rows: EventRows, table: string, beginning: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of rows.holding(table, beginning)) {
    expect(page.length).toBeGreaterThan(0);
    keys.push(...page.map(({ event_key }) => String(event_key)));
  }
  return keys.sort();
}

export function eventRowsContract(adapter: string, open: OpenEventRows): void {
  describe(`rows of events: ${adapter}`, () => {
    test('tables are found by name, also those without rows', async () => {
      const rows = await open({ alpha: [], shop_order_v1: [row('a')] });
      expect([...(await rows.tables())].sort()).toEqual(['alpha', 'shop_order_v1']);
    });

    test.each(['AXabcd', 'AX+b/c', 'AX/+/+'])('what begins with %s is found wherever it stands', async (beginning) => {
      const pseudonym = `${beginning}efgh==`;
      const rows = await open({
        t: [
          row('subject', { subject: pseudonym }),
          row('nested', { data: { name: pseudonym, open: null } }),
          row('listed', { names: ['other', pseudonym] }),
          row('value', { data: { name: null, open: { a: [{ b: pseudonym }] } } }),
          row('key', { data: { name: null, open: { [pseudonym]: 1 } } }),
          row('inside', { subject: `x${pseudonym}` }),
          row('other', { subject: 'AXabceefgh==' }),
          row('nothing'),
        ],
        u: [row('elsewhere', { subject: pseudonym })],
      });
      expect(await keysIn(rows, 't', beginning)).toEqual(['key', 'listed', 'nested', 'subject', 'value']);
      expect(await keysIn(rows, 'u', beginning)).toEqual(['elsewhere']);
      expect(await keysIn(rows, 't', 'AXzzzz')).toEqual([]);
    });

    test('a row is as it was written, and there as often', async () => {
      const written = row('a', { subject: 'AXabcdef', names: ['x'], data: { name: '\u{1f600}"\\', open: { b: [1] } } });
      const rows = await open({ t: [written, written] });
      const pages: JsonObject[] = [];
      for await (const page of rows.holding('t', 'AXabcd')) pages.push(...page);
      expect(pages).toEqual([written, written]);
    });

    test('many rows come in pages', async () => {
      const written = Array.from({ length: 25 }, (_, at) => row(`k-${at}`, { subject: 'AXabcdef' }));
      const rows = await open({ t: written });
      expect(await keysIn(rows, 't', 'AXabcd')).toHaveLength(25);
    });
  });
}
