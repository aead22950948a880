import type { Column } from '../../../shared/event-types/column.ts';

export function column(name: string, type: Column['type'], rest: Partial<Column> = {}): Column {
  return { name, property: name, type, mode: 'NULLABLE', ...rest };
}

export const eventColumns: readonly Column[] = [
  column('event_key', 'STRING', { mode: 'REQUIRED' }),
  column('event_time', 'TIMESTAMP', { mode: 'REQUIRED' }),
  column('received_time', 'TIMESTAMP', { mode: 'REQUIRED' }),
  column('replayed', 'BOOL'),
  column('data', 'RECORD', { fields: [column('number', 'INT64')] }),
];

export const eventTable = { schema: 'events_raw', table: 'shop_sale_v1' };

export function eventRow(key: string, number: number, receivedSecond = 0, replayed?: boolean): string {
  return JSON.stringify({
    event_key: key,
    event_time: '2026-01-02T03:04:05.000006Z',
    received_time: `2026-01-02T03:05:${String(receivedSecond).padStart(2, '0')}Z`,
    ...(replayed === undefined ? {} : { replayed }),
    data: { number },
  });
}
