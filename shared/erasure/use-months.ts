/** The UTC month of a moment, as marks of use are named: `2026-11`. */
export function useMonth(millis: number): string {
  return new Date(millis).toISOString().slice(0, 7);
}

/** The first moment after a month, in Unix milliseconds. */
export function endOfUseMonth(month: string): number {
  const [year = Number.NaN, number = Number.NaN] = month.split('-').map(Number);
  return Date.UTC(year, number, 1);
}

/** Months that end with that of a moment, oldest first. */
export function useMonthsUntil(millis: number, count: number): readonly string[] {
  const now = new Date(millis);
  return Array.from({ length: count }, (_, at) =>
    useMonth(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - (count - 1 - at), 1)),
  );
}
