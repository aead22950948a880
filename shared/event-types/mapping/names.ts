import type { MappingPolicies } from './policies.ts';

/** BigQuery's documented limit on a column's name, in characters. */
const maxNameLength = 300;
/**
 * Prefixes that BigQuery keeps for itself, in any case ("Specifying a schema", column names), and the one name that a
 * row, an object of JavaScript, does not keep (`__PROTO__` in snake_case).
 */
const reserved =
  /^(?:_table_|_file_|_partition|_row_timestamp|__root__|_colidentifier|_change_sequence_number|_change_type|_change_timestamp|__proto__$)/i;

/**
 * A property's name in snake_case, where BigQuery can hold that: letters, digits and underscores, not beginning with a
 * digit, 300 characters at most.
 */
export function columnName(property: string): string | undefined {
  const snake = snakeCase(property);
  return isColumnName(snake) ? snake : undefined;
}

/** Why `columnName` has none for the property. */
export function noColumnText(property: string): string {
  const snake = snakeCase(property);
  const kept = reserved.exec(snake)?.[0];
  if (kept === '__proto__')
    return `"${property}" is reserved by JavaScript, so that no row keeps it; rename the property`;
  if (kept !== undefined) {
    return `"${property}" makes the column name ${snake}, and BigQuery reserves names that begin with ${kept.toUpperCase()}; rename the property`;
  }
  if (snake.length > maxNameLength) {
    return `"${property.slice(0, 40)}…" makes a column name of ${snake.length} characters; BigQuery takes ${maxNameLength}`;
  }
  if (/^\d/.test(snake)) return `"${property}" begins with a digit, and a column name cannot; rename the property`;
  return `"${property}" makes no column name; use letters, digits and _`;
}

/** A name that BigQuery can hold, as near to the property's as the policy wants. */
export function nearestColumnName(property: string, policy: MappingPolicies['names']): string {
  const wanted = policy === 'snake' ? snakeCase(property) : property;
  if (isColumnName(wanted)) return wanted;
  const held = wanted.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d|$)/, '_');
  const free = reserved.test(held) ? held.replace(/^_+/, '') : held;
  return free.slice(0, maxNameLength);
}

/** `name_2`, `name_3` …: the first that is not taken. BigQuery tells names apart by more than case. */
export function freeColumnName(name: string, isTaken: (name: string) => boolean): string {
  for (let number = 2; ; number++) {
    const suffix = `_${number}`;
    const candidate = `${name.slice(0, maxNameLength - suffix.length)}${suffix}`;
    if (!isTaken(candidate)) return candidate;
  }
}

function isColumnName(name: string): boolean {
  return name.length <= maxNameLength && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !reserved.test(name);
}

function snakeCase(property: string): string {
  return property
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replace(/[-.\s:/]+/g, '_')
    .toLowerCase();
}
