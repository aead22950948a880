/** What dedup found out about one event of a batch. */
export interface Mark {
  /** False: a duplicate, which goes no further. */
  readonly forward: boolean;
  /** This copy goes out under a claim that its own seal made earlier, or that two owners hold. */
  readonly possibleDuplicate: boolean;
  /** Its time lies before the look-back, by the client's clock: whether it is a resend cannot be known. */
  readonly beyondLookBack: boolean;
}

/** One hexadecimal digit an event, in the index's order: a batch of 1,000 fits into a message attribute. */
export function encodeMarks(marks: readonly Mark[]): string {
  let text = '';
  for (const mark of marks) {
    const bits = (mark.forward ? 1 : 0) | (mark.possibleDuplicate ? 2 : 0) | (mark.beyondLookBack ? 4 : 0);
    text += bits.toString(16);
  }
  return text;
}

/** The inverse; undefined unless there is exactly one mark for each of `count` events. */
export function decodeMarks(text: string | undefined, count: number): Mark[] | undefined {
  if (text === undefined || text.length !== count || !/^[0-7]*$/.test(text)) return undefined;
  return Array.from(text, (digit) => {
    const bits = Number(digit);
    return { forward: (bits & 1) !== 0, possibleDuplicate: (bits & 2) !== 0, beyondLookBack: (bits & 4) !== 0 };
  });
}
