import type { SentEvent, SentVersion } from './sent-events.ts';

// What a row must hold, told from what was sent alone. Nothing here may import anything of the product: it would be wrong
// as the stages are.

type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };
type Row = Readonly<Record<string, unknown>>;

const minute = 60_000;
const day = 86_400_000;
const lookBackMillis = 28 * day;
/** Of clocks, and of what happens between two readings of one. */
const toleranceMillis = 15 * minute;
const shownIds = /^[0-9a-f]{8}-[0-9a-f]{4}-4/;

export interface RowContext {
  readonly nowMillis: number;
  /** Pseudonyms seen so far, by realm and plaintext, and the other way round. */
  readonly pseudonyms: Map<string, string>;
  /** A value has another pseudonym after each of its owner's erasures; what holds for those is looked at elsewhere. */
  readonly isErased: (owner: 'person' | 'source', event: SentEvent) => boolean;
}

/** What is wrong with a row of a type's own table, as one text; undefined when it is what was sent. */
export function rowProblem(row: Row, event: SentEvent, version: SentVersion, context: RowContext): string | undefined {
  const received = Date.parse(String(row['received_time']));
  const request = version.requests.find(
    ({ fromMillis, untilMillis }) =>
      received >= fromMillis - toleranceMillis && received <= untilMillis + toleranceMillis,
  );
  if (request === undefined) return `received at ${row['received_time']}, when nobody sent it`;
  const data = {
    token: version.token,
    amount: version.amount,
    ...(version.colour === undefined ? {} : { colour: version.colour }),
  };
  const { isErased } = context;
  const ofPerson = { ...context, mayChange: isErased('person', event) };
  const { email, ...shown } = recordOf(row['data']);
  const checks: (readonly [what: string, is: unknown, expected: unknown])[] = [
    ['data', shown, data],
    ['event_time', row['event_time'], microsText(event.timeMicros)],
    ['event_id', row['event_id'], shownIds.test(event.id) ? event.id : undefined],
    ['sdk', row['sdk'], event.sdk],
    ['possible_duplicate', typeof row['possible_duplicate'], 'boolean'],
  ];
  for (const [what, is, expected] of checks) {
    if (text(is) !== text(expected)) return `${what} is ${text(is)}, not ${text(expected)}`;
  }
  return (
    timesProblem(row, event, version, { received, nowMillis: context.nowMillis }) ??
    pseudonymProblem('source', row['source'], event.source, { ...context, mayChange: isErased('source', event) }) ??
    pseudonymProblem('customer', row['subject'], event.person, ofPerson) ??
    pseudonymProblem('email', email, `${event.person}@example.com`, ofPerson)
  );
}

function timesProblem(
  row: Row,
  event: SentEvent,
  version: SentVersion,
  { received, nowMillis }: { readonly received: number; readonly nowMillis: number },
): string | undefined {
  const eventMillis = event.timeMicros / 1_000;
  const beyond = row['beyond_lookback'];
  if (eventMillis < received - lookBackMillis - toleranceMillis && beyond !== true)
    return 'beyond_lookback is not true';
  if (eventMillis > nowMillis - lookBackMillis + toleranceMillis && beyond !== false)
    return 'beyond_lookback is not false';
  const revision = row['schema_revision'];
  const newest = event.planned.type === 'late' ? 1 : 2;
  const oldest = version.colour === undefined ? 1 : 2;
  if (typeof revision !== 'number' || revision < oldest || revision > newest) return `schema_revision is ${revision}`;
  const corrected = row['corrected_time'];
  const possible = version.requests.flatMap(({ sentAtMillis }) => {
    const micros = sentAtMillis === undefined ? undefined : event.timeMicros + (received - sentAtMillis) * 1_000;
    return micros === undefined || micros > (received + day) * 1_000 ? [undefined] : [microsText(micros)];
  });
  return possible.some((one) => one === corrected) ? undefined : `corrected_time is ${corrected}`;
}

/** A pseudonym is never the value, stands for one value, and is the same for it every time. */
function pseudonymProblem(
  realm: string,
  is: unknown,
  plain: string,
  { pseudonyms, mayChange }: Pick<RowContext, 'pseudonyms'> & { readonly mayChange: boolean },
): string | undefined {
  if (typeof is !== 'string' || is.length < 16 || is.includes(plain)) return `${realm} has no pseudonym: ${text(is)}`;
  const named = `${realm} ${plain}`;
  const known = mayChange ? is : (pseudonyms.get(named) ?? is);
  const other = pseudonyms.get(is) ?? named;
  pseudonyms.set(named, is).set(is, named);
  return known === is && other === named ? undefined : `${realm} has two pseudonyms for one value, or one for two`;
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** JSON with keys in order. */
function text(value: unknown): string {
  return String(
    JSON.stringify(value, (_, inner: Value) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ),
  );
}

function microsText(micros: number): string {
  return `${new Date(Math.floor(micros / 1_000)).toISOString().slice(0, -1)}${String(micros % 1_000).padStart(3, '0')}Z`;
}
