import { type JsonObject, readJson } from '../../../shared/event/json.ts';
import { tableName } from '../../../shared/event-types/table.ts';
import { datasets } from '../../naming.ts';
import { partOf, type RefusedGroup } from './live-quarantine.ts';
import type { LiveWindow, PassedCounts, PassedEvent } from './live-window.ts';
import { fixOf, meaningOf, type Schemas, wantedOf } from './wanted.ts';

/** Of an event in the list: enough to know it by. */
const maxSummaryCharacters = 160;

/** Groups of the quarantine with what was wanted, and what to do. */
export function refusedAnswer(groups: readonly RefusedGroup[], schemas: Schemas): JsonObject[] {
  return groups.map(({ records, ...group }) => {
    const schema = group.type === undefined ? undefined : schemas.get(group.type);
    return {
      ...group,
      meaning: meaningOf(group.reason) ?? null,
      fix: fixOf(group.reason, schema),
      isActive: schema !== undefined,
      records: records.map(({ errors, ...record }) => ({
        ...record,
        errors: errors.map((part) => ({ ...wantedOf(part, group, schemas) })),
      })),
    };
  });
}

/** Names that are counted in an answer: a page asks each second. */
const maxCounted = 12;

/** Counts by name, the most first, and how many names have fewer. Tables are called by their types. */
export function countsAnswer(counts: LiveWindow['byType'], schemas: Schemas): JsonObject {
  const types = new Map([...schemas.keys()].map((type) => [`table:${tableName(type)}`, type]));
  const named = new Map<string, PassedCounts>();
  for (const [key, { rows, refused }] of counts) {
    const name = types.get(key) ?? key.replace(/^table:/, '');
    const sum = named.get(name) ?? { rows: 0, refused: 0 };
    named.set(name, { rows: sum.rows + rows, refused: sum.refused + refused });
  }
  const most = [...named]
    .sort(([a, one], [b, other]) => other.rows + other.refused - (one.rows + one.refused) || (a < b ? -1 : 1))
    .slice(0, maxCounted);
  return {
    counted: most.map(([name, count]) => ({ name, ...count, isActive: schemas.has(name) })),
    others: named.size - most.length,
  };
}

/** A line of the list. */
export function listedEvent(event: PassedEvent, schemas: Schemas): JsonObject {
  const { number, kind, row } = event;
  const common = {
    number,
    kind,
    // What is refused may name no type; its table is no answer then.
    type: kind === 'refused' ? (row['type'] ?? null) : typeOf(event, schemas),
    sdk: row['sdk'] ?? null,
    receivedTime: row['received_time'] ?? null,
  };
  if (kind === 'row') {
    const { data } = row;
    const text = typeof data === 'string' ? data : JSON.stringify(data ?? {});
    return { ...common, id: row['event_id'] ?? row['event_key'] ?? null, summary: text.slice(0, maxSummaryCharacters) };
  }
  const errors = Array.isArray(row['errors']) ? row['errors'].flatMap(partOf) : [];
  const parts = errors.map(({ path, keyword }) => `${path === '' ? '/' : path} ${keyword}`);
  const summary = parts.join(', ').slice(0, maxSummaryCharacters);
  return { ...common, key: row['record_key'] ?? null, reason: row['reason'] ?? null, summary };
}

/** A row as an analyst sees it, and how one asks for it. */
export function rowAnswer(event: PassedEvent, schemas: Schemas): JsonObject {
  const key = String(event.row['event_key']);
  const type = typeOf(event, schemas);
  // A key is base64url of our own making.
  const sql = `SELECT * FROM ${datasets.exact}.${viewOf(event, type)} WHERE event_key = '${key}'`;
  return { type, row: withData(event.row), sql };
}

/** Types in alpha share a table, and have views of their own. */
function viewOf({ table }: PassedEvent, type: string): string {
  try {
    return tableName(type);
  } catch {
    return table;
  }
}

function withData(row: JsonObject): JsonObject {
  const data = row['data'];
  if (typeof data !== 'string') return row;
  const value = readJson(data);
  return { ...row, data: value };
}

function typeOf({ table, row }: PassedEvent, schemas: Schemas): string {
  const { type } = row;
  if (typeof type === 'string') return type;
  return [...schemas.keys()].find((known) => tableName(known) === table) ?? table;
}
