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
  const digits = Buffer.alloc(marks.length);
  for (let at = 0; at < marks.length; at++) {
    const mark = marks[at];
    if (mark === undefined) continue;
    const bits = (mark.forward ? 1 : 0) | (mark.possibleDuplicate ? 2 : 0) | (mark.beyondLookBack ? 4 : 0);
    digits[at] = digitZero + bits;
  }
  return digits.toString('latin1');
}

/** The inverse; undefined unless there is exactly one mark for each of `count` events. */
export function decodeMarks(text: string | undefined, count: number): Mark[] | undefined {
  if (text === undefined || text.length !== count || !/^[0-7]*$/.test(text)) return undefined;
  const marks: Mark[] = [];
  for (let at = 0; at < count; at++) {
    const mark = marksOfBits[text.charCodeAt(at) - digitZero];
    if (mark !== undefined) marks.push(mark);
  }
  return marks;
}

const digitZero = 0x30;
/** All that there are: the same objects for all batches. */
const marksOfBits: readonly Mark[] = Array.from({ length: 8 }, (_, bits) => ({
  forward: (bits & 1) !== 0,
  possibleDuplicate: (bits & 2) !== 0,
  beyondLookBack: (bits & 4) !== 0,
}));
