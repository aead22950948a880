import { alphaSink } from '../../shared/event-types/alpha.ts';
import { tableName } from '../../shared/event-types/table.ts';
import { type Dialect, quote } from '../sql-dialect.ts';

/** Whose rows a statement reads: types with tables of their own, and of the shared table of alpha those that have none. */
export interface TypesRead {
  readonly own: readonly string[];
  /** Given where types in alpha are read: those alone, or all but the ones that have left alpha. */
  readonly alpha?: { readonly only: readonly string[] } | { readonly allBut: readonly string[] };
}

interface Reading {
  readonly dialect: Dialect;
  readonly dataset: string;
  readonly columns: readonly string[];
  /** The rows wanted; should begin with bounds on `event_time`, by which tables are partitioned. */
  readonly where: string;
}

/** The rows of all types as one relation: column `type`, then the given ones. */
export function rowsOf({ own, alpha }: TypesRead, { dialect, dataset, columns, where }: Reading): string {
  const list = columns.join(', ');
  const selects = own.map(
    (type) => `SELECT ${quote(type)} AS type, ${list} FROM ${dialect.table(dataset, tableName(type))} WHERE ${where}`,
  );
  if (alpha !== undefined) {
    const shared = dialect.table(dataset, alphaSink);
    selects.push(`SELECT type, ${list} FROM ${shared} WHERE ${where} AND ${ofAlpha(alpha)}`);
  }
  if (selects.length === 0) throw new RangeError('no event types to read');
  return selects.join('\nUNION ALL ');
}

/**
 * The same types with what they have in the table of alpha from before their promotion: for readings of base tables. The
 * exact view of a type spans both.
 */
export function withEarlyRows({ own, alpha }: TypesRead): TypesRead {
  if (own.length === 0) return alpha === undefined ? { own } : { own, alpha };
  if (alpha !== undefined && 'allBut' in alpha) {
    return { own, alpha: { allBut: alpha.allBut.filter((type) => !own.includes(type)) } };
  }
  return { own, alpha: { only: [...own, ...(alpha?.only ?? [])] } };
}

/** Condition on a column `type` of a table of all types. */
export function isOfTypes({ own, alpha }: TypesRead): string {
  const conditions = own.length > 0 ? [`type IN (${own.map(quote).join(', ')})`] : [];
  if (alpha !== undefined) conditions.push(ofAlpha(alpha));
  return `(${conditions.join(' OR ')})`;
}

function ofAlpha(alpha: NonNullable<TypesRead['alpha']>): string {
  const [word, types] = 'only' in alpha ? ['IN', alpha.only] : ['NOT IN', alpha.allBut];
  // No type has an empty name.
  return `type ${word} (${['', ...types].map(quote).join(', ')})`;
}
