/** The UTC day of a moment, `YYYY-MM-DD`, by which marks of replays are counted. */
export function dayOf(millis: number): string {
  return new Date(millis).toISOString().slice(0, 10);
}
