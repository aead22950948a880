import type { Column } from '../shared/event-types/column.ts';
import type { EventSchema } from '../shared/event-types/event-schema.ts';
import { tableName } from '../shared/event-types/table.ts';
import { datasets } from './naming.ts';
import type { Dialect } from './sql-dialect.ts';

/** What one data subject's values are opened with. None of it opens anything without the key of `keyResource`. */
export interface BreakGlassKey {
  /** `gcp-kms://projects/…`: what the master keyset is wrapped with. */
  readonly keyResource: string;
  readonly wrappedMaster: Uint8Array;
  /** Of the record of the subject's key; its keyset is bound to it. */
  readonly recordId: string;
  readonly encryptedKeyset: Uint8Array;
}

/** Names of a SELECT's own, which no column has. */
const [opened, keyset, beginning] = ['opened_key', 'opened_keyset', 'opened_beginning'];

/**
 * A SELECT of the exact view of a type: the rows in which something is the subject's, and that in the clear. One subject a query,
 * since `KEYS.KEYSET_CHAIN` takes constants. What was encrypted with the keyset begins with its id, by which rows are
 * found and values chosen: `DETERMINISTIC_DECRYPT_STRING` fails on any other. Values in lists are left out, named in a comment.
 */
export function breakGlassQuery({ edi, columns }: EventSchema, key: BreakGlassKey, dialect: Dialect): string {
  const { open, lists } = encryptedColumns(columns, '');
  const values = ['source', 'subject', ...open].map((path) => ({ path, stored: `stored.${path}` }));
  const isTheirs = (stored: string) => `STARTS_WITH(${stored}, ${beginning})`;
  const chain = `KEYS.KEYSET_CHAIN('${key.keyResource}', ${dialect.bytes(key.wrappedMaster)})`;
  const master = `AEAD.DECRYPT_BYTES(${chain}, ${dialect.bytes(key.encryptedKeyset)}, '${key.recordId}')`;
  const keyId = `CAST(${dialect.textAt(`KEYS.KEYSET_TO_JSON(${keyset})`, '$.primaryKeyId')} AS BIGINT)`;
  const first = `SUBSTR(TO_BASE64(FROM_HEX(CONCAT('01', ${dialect.hex32(keyId)}))), 1, 6)`;
  const clear = values.map(({ path, stored }) => {
    const decrypted = `DETERMINISTIC_DECRYPT_STRING(${keyset}, FROM_BASE64(${stored}), '')`;
    return `  IF(${isTheirs(stored)}, ${decrypted}, NULL) AS ${path.replaceAll('.', '_')}`;
  });
  return [
    '-- One data subject. This text stays in the history of jobs for half a year.',
    ...(lists.length === 0 ? [] : [`-- Left out, since they are in lists: ${lists.join(', ')}`]),
    'WITH found_key AS (',
    `  SELECT ${master} AS ${keyset}`,
    `), ${opened} AS (`,
    `  SELECT ${keyset}, ${first} AS ${beginning} FROM found_key`,
    ')',
    'SELECT stored.event_key, stored.event_time,',
    clear.join(',\n'),
    `FROM ${dialect.table(datasets.exact, tableName(edi.type))} AS stored CROSS JOIN ${opened}`,
    `WHERE ${values.map(({ stored }) => isTheirs(stored)).join('\n  OR ')}`,
    '',
  ].join('\n');
}

/** Paths of the columns that hold pseudonyms. */
function encryptedColumns(columns: readonly Column[], above: string): { open: string[]; lists: string[] } {
  const found: { open: string[]; lists: string[] } = { open: [], lists: [] };
  for (const column of columns) {
    const path = `${above}${column.name}`;
    const below = encryptedColumns(column.fields ?? [], `${path}.`);
    const own = column.treatment?.do === 'pseudonymize' ? [path] : [];
    if (column.mode === 'REPEATED') found.lists.push(...own, ...below.open, ...below.lists);
    else {
      found.open.push(...own, ...below.open);
      found.lists.push(...below.lists, ...(column.keys === undefined ? [] : [`keys of ${path}`]));
    }
  }
  return found;
}
