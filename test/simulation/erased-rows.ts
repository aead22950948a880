import { type Life, type Lives, lifeName, subjectsOf } from './erasures.ts';
import { minute } from './plan.ts';
import type { SentEvent } from './sent-events.ts';

// What an erasure promises of rows, told from what is stored: of keys, and of rows.

type Row = Readonly<Record<string, unknown>>;

/** Two clocks that are off. */
const skewMillis = 15 * minute;

/**
 * What a row shows of somebody that it must not; undefined where all is well. Rows of before an erasure open with no key
 * that there is, those of after it open with the key of today, everybody else's as ever. And no row of before is made after.
 */
export function erasedProblem(row: Row, event: SentEvent, lives: Lives): string | undefined {
  const [person, source] = subjectsOf(event).map((subject) => lives.get(lifeName(subject)));
  const { email } = Object(row['data']);
  const values: readonly (readonly [Life | undefined, unknown, string])[] = [
    [person, row['subject'], event.person],
    [person, email, `${event.person}@example.com`],
    [source, row['source'], event.source],
  ];
  for (const [life, pseudonym, plain] of values) {
    const problem = life === undefined ? 'there is no key' : lifeProblem(row, life, { pseudonym, plain });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function lifeProblem(
  row: Row,
  { tombstone, open }: Life,
  { pseudonym, plain }: { readonly pseudonym: unknown; readonly plain: string },
): string | undefined {
  const opened = open(pseudonym);
  if (tombstone === undefined) return opened === plain ? undefined : `the pseudonym of ${plain} opens no more`;
  const { cutoffMillis, erasedAtMillis } = tombstone;
  const [received, made] = [Date.parse(String(row['received_time'])), Date.parse(String(row['row_time']))];
  const own = Date.parse(String(row['corrected_time'] ?? row['event_time']));
  if (received < erasedAtMillis - skewMillis && opened !== undefined) return `a pseudonym of ${plain} opens still`;
  if (made > cutoffMillis + skewMillis) {
    if (received < cutoffMillis) return `a row of ${plain} from before the cutoff was made after it`;
    if (own < erasedAtMillis) return `a row of what ${plain} did before the erasure was made after it`;
    if (opened !== plain) return `the pseudonym that ${plain} has now does not open`;
  }
  return undefined;
}

/** Whether an erasure of its person or of its installation may have covered an event, in one of its requests. */
export function isCovered(event: SentEvent, lives: Lives): boolean {
  return subjectsOf(event).some((subject) => {
    const tombstone = lives.get(lifeName(subject))?.tombstone;
    if (tombstone === undefined) return false;
    const eventMillis = event.timeMicros / 1_000;
    return event.versions
      .flatMap(({ requests }) => requests)
      .some(({ fromMillis, untilMillis, sentAtMillis }) => {
        const received = Math.min(fromMillis, untilMillis) - skewMillis;
        const own = Math.min(eventMillis, eventMillis + fromMillis - (sentAtMillis ?? fromMillis));
        return received < tombstone.cutoffMillis || own - skewMillis < tombstone.erasedAtMillis;
      });
  });
}
