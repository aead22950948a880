import { itemName, type Step, unfolded, valueAt } from '../shared/erasure/data-places.ts';
import { keysIn } from '../shared/erasure/emptied-json.ts';
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
 * found and values chosen: `DETERMINISTIC_DECRYPT_STRING` fails on any other. Of a list what is theirs is a list, and of a map
 * the keys.
 */
export function breakGlassQuery({ edi, columns }: EventSchema, key: BreakGlassKey, dialect: Dialect): string {
  const chain = `KEYS.KEYSET_CHAIN('${key.keyResource}', ${dialect.bytes(key.wrappedMaster)})`;
  const master = `AEAD.DECRYPT_BYTES(${chain}, ${dialect.bytes(key.encryptedKeyset)}, '${key.recordId}')`;
  const keyId = `CAST(${dialect.textAt(`KEYS.KEYSET_TO_JSON(${keyset})`, '$.primaryKeyId')} AS BIGINT)`;
  const first = `SUBSTR(TO_BASE64(FROM_HEX(CONCAT('01', ${dialect.hex32(keyId)}))), 1, 6)`;
  const envelope = ['source', 'subject'].map(
    (name): Encrypted => ({ steps: [{ name, isList: false }], isKeys: false }),
  );
  const values = [...envelope, ...encrypted(columns, [])].map((value) => clearValue(value, dialect));
  return [
    '-- One data subject. This text stays in the history of jobs for half a year.',
    'WITH found_key AS (',
    `  SELECT ${master} AS ${keyset}`,
    `), ${opened} AS (`,
    `  SELECT ${keyset}, ${first} AS ${beginning} FROM found_key`,
    ')',
    'SELECT stored.event_key, stored.event_time,',
    values.map(({ clear }) => `  ${clear}`).join(',\n'),
    `FROM ${dialect.table(datasets.exact, tableName(edi.type))} AS stored CROSS JOIN ${opened}`,
    // Of any time, which tables may want to be told (`require_partition_filter`).
    `WHERE stored.event_time >= ${dialect.timestamp('0001-01-01T00:00:00Z')} AND (`,
    `  ${values.map(({ isTheirs }) => isTheirs).join('\n  OR ')}`,
    ')',
    '',
  ].join('\n');
}

/** Where pseudonyms are. */
interface Encrypted {
  readonly steps: readonly Step[];
  /** They are keys in the JSON there. */
  readonly isKeys: boolean;
}

function encrypted(columns: readonly Column[], above: readonly Step[]): Encrypted[] {
  return columns.flatMap(({ name, mode, treatment, keys, fields = [] }) => {
    const steps = [...above, { name, isList: mode === 'REPEATED' }];
    if (treatment?.do === 'pseudonymize') return [{ steps, isKeys: false }];
    return keys === undefined ? encrypted(fields, steps) : [{ steps, isKeys: true }];
  });
}

/** A column of the answer, and the condition that it has something of theirs. */
function clearValue({ steps, isKeys }: Encrypted, { engine }: Dialect): { clear: string; isTheirs: string } {
  const name = [...steps.map((step) => step.name), ...(isKeys ? ['keys'] : [])].join('_');
  const { value, lists: around } = valueAt({ engine, isJson: false }, steps, 'stored');
  const lists = isKeys ? [...around, keysIn(engine, value)] : around;
  const stored = isKeys ? itemName(lists.length) : value;
  const isTheirs = `STARTS_WITH(${stored}, ${beginning})`;
  const decrypted = `IF(${isTheirs}, DETERMINISTIC_DECRYPT_STRING(${keyset}, FROM_BASE64(${stored}), ''), NULL)`;
  if (lists.length === 0) return { clear: `${decrypted} AS ${name}`, isTheirs };
  const items = `FROM ${unfolded(engine, lists).slice(', '.length)} WHERE ${isTheirs}`;
  return { clear: `ARRAY(SELECT ${decrypted} ${items}) AS ${name}`, isTheirs: `EXISTS (SELECT 1 ${items})` };
}
