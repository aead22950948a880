/**
 * What DuckDB calls an error: "Conversion", "IO", "Out of Memory", "INTERRUPT", "FATAL" … Its bindings give no code, but
 * every message begins with the kind. Empty when the error is not DuckDB's.
 */
export function errorKind(error: unknown): string {
  return error instanceof Error ? (/^([A-Za-z ]+) Error:/.exec(error.message)?.[1] ?? '') : '';
}

/**
 * DuckDB's message for the person whose SQL it is about: without native stack traces, and without advice to change
 * settings that are locked. It can quote values, so it belongs in no log.
 */
export function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split(/\n+(?:Stack Trace:|Possible solutions:|This error signals)/)[0]?.trim() ?? '';
}

/** Kinds that say: this value does not fit this column. Everything else is the database's trouble, not the row's. */
const dataErrorKinds: ReadonlySet<string> = new Set(['Conversion', 'Invalid Input', 'Constraint', 'Out of Range']);

/** Whether a row is to blame, so that its neighbours can still be written. */
export function isDataError(error: unknown): boolean {
  return dataErrorKinds.has(errorKind(error));
}

/** Kinds whose messages speak of files and memory only. Others can quote rows. */
const quotableKinds: ReadonlySet<string> = new Set(['IO', 'Out of Memory', 'Permission']);

/** What may be logged of an error while writing: never a row's content. */
export function errorWithoutValues(error: unknown): string {
  const kind = errorKind(error);
  return quotableKinds.has(kind) ? errorText(error) : `DuckDB answered "${kind === '' ? 'unknown' : kind} Error"`;
}
