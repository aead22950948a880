const dayMicros = 86_400_000_000;
/** The first microsecond of the year 1, where a table's timestamps start. */
const firstTableMicros = -62_135_596_800_000_000;

/** When a request was received and, where the client told, when it was sent by the client's clock. */
interface RequestTimes {
  readonly receivedAtMillis: number;
  readonly sentAtMillis?: number | undefined;
}

/**
 * When an event happened by the server's clock, in microseconds. A client's clock may claim anything, and so may one that
 * tells seconds where milliseconds are read: what comes out more than a day after receipt, or before the year 1, is not
 * used. Undefined then, and where the client did not tell its clock.
 */
export function correctedTime(
  timeMicros: number,
  { receivedAtMillis, sentAtMillis }: RequestTimes,
): number | undefined {
  if (sentAtMillis === undefined) return undefined;
  const receivedMicros = receivedAtMillis * 1_000;
  const micros = timeMicros + receivedMicros - sentAtMillis * 1_000;
  return micros >= firstTableMicros && micros <= receivedMicros + dayMicros ? micros : undefined;
}

/** The event's own time: corrected where that can be, else as its client wrote it. */
export function ownTime(timeMicros: number, request: RequestTimes): number {
  return correctedTime(timeMicros, request) ?? timeMicros;
}
