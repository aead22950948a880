import { topics } from '../../infra/naming.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { erasedProblem, isCovered } from './erased-rows.ts';
import { type Lives, lifeName, subjectsOf } from './erasures.ts';
import { type RowContext, rowProblem } from './expected-rows.ts';
import type { Held } from './lines.ts';
import { day, hour, types } from './plan.ts';
import type { SentEvent, SentVersion } from './sent-events.ts';
import { recordText, tokensIn, tokensOfText } from './trace.ts';
import type { World } from './world.ts';

const lookBackMillis = 28 * day;
/** Of clocks that are off. */
const toleranceMillis = hour;
/** More would be a queue that feeds itself: an event is on its way in a few messages of each topic at most. */
const maxHeldPerEvent = 60;

/**
 * What is wrong at this moment; empty when every invariant holds. Nothing has to be at rest: what a line holds is on its
 * way. `atEnd`: nothing may be on its way any more.
 */
export function findViolations(
  world: World,
  events: readonly SentEvent[],
  { atEnd, lives }: { readonly atEnd: boolean; readonly lives: Lives },
): string[] {
  const look = lookAt(world, events, lives);
  const violations = [...rowViolations(world, look), ...recordViolations(world, look), ...lossViolations(world)];
  for (const event of events)
    violations.push(...eventViolations(event, look, atEnd), ...forwardViolations(world, event));
  const held = [...world.lines.held].filter(({ topic }) => topic !== 'schema-uploads');
  if (atEnd && held.length > 0)
    violations.push(`${held.length} messages are left over, one in ${held[0]?.subscription}`);
  if (held.length > maxHeldPerEvent * (1 + events.length)) violations.push(`${held.length} messages are held at once`);
  return violations;
}

interface Look {
  /** Each version, and whose it is, by its token. */
  readonly versions: ReadonlyMap<string, { readonly event: SentEvent; readonly version: SentVersion }>;
  readonly rows: readonly JsonObject[];
  /** Tokens of the exact views. */
  readonly viewed: readonly string[];
  /** Tokens in the quarantine's table. */
  readonly quarantined: ReadonlyMap<string, readonly JsonObject[]>;
  readonly onTheirWay: ReadonlySet<string>;
  readonly directly: ReadonlySet<string>;
  /** Counted as lost by a stage. */
  readonly purged: ReadonlySet<string>;
  /** In a message of which a stage dropped something because somebody was erased. */
  readonly erased: ReadonlySet<string>;
  readonly lives: Lives;
}

function lookAt(world: World, events: readonly SentEvent[], lives: Lives): Look {
  const { tables, held, lines, trace } = world;
  const rowsOf = (table: string) => tables.rowsOf(table).map(({ row }) => row);
  const alpha = rowsOf('alpha').map((row): JsonObject => ({ ...row, data: JSON.parse(String(row['data'])) }));
  const byType = Object.values(types).map((type) => {
    const old = alpha.filter((row) => row['type'] === type).map(({ type: _, ...row }) => row);
    return [...rowsOf(type.replaceAll('.', '_')), ...old];
  });
  const key = held.secrets.quarantinePrivateKey;
  const tokensOfAll = (messages: ReadonlyMap<Held, number>) =>
    new Set([...messages.keys()].flatMap(({ topic, message }) => tokensIn(topic, message, key)));
  const records = rowsOf('quarantine').flatMap((row) => {
    return tokensOfText(recordText(key, row) ?? '').map((token) => ({ token, row }));
  });
  const quarantined = new Map(
    [...Map.groupBy(records, ({ token }) => token)].map(([token, all]) => [token, all.map(({ row }) => row)]),
  );
  return {
    versions: new Map(
      events.flatMap((event) => event.versions.map((version) => [version.token, { event, version }] as const)),
    ),
    rows: byType.flat(),
    viewed: byType.flatMap((rows) => exactView(rows).map(tokenOf)),
    quarantined,
    onTheirWay: new Set([...lines.held].flatMap(({ topic, message }) => tokensIn(topic, message, key))),
    directly: trace.accepted,
    purged: tokensOfAll(lostMessages(world)),
    erased: tokensOfAll(lostMessages(world, 'erased')),
    lives,
  };
}

/** As the views are declared: of each key of a moment the row that was not replayed, and of those the first received. */
function exactView(rows: readonly JsonObject[]): JsonObject[] {
  const groups = Map.groupBy(rows, (row) => `${row['event_time']} ${row['event_key']}`);
  const order = (row: JsonObject) => `${row['replayed'] === true ? 1 : 0} ${row['received_time']}`;
  return [...groups.values()].map((group) => group.reduce((first, row) => (order(row) < order(first) ? row : first)));
}

function tokenOf(row: JsonObject): string {
  const { data } = row;
  return typeof data === 'object' && data !== null && 'token' in data ? String(data['token']) : '';
}

function rowViolations(world: World, { rows, versions, lives }: Look): string[] {
  const isErased: RowContext['isErased'] = (owner, event) => {
    const [person, source] = subjectsOf(event).map((subject) => lives.get(lifeName(subject))?.tombstone !== undefined);
    return (owner === 'person' ? person : source) ?? false;
  };
  const nowMillis = world.scheduler.clock.nowMillis();
  const context: RowContext = { nowMillis, pseudonyms: new Map(), isErased };
  return rows.flatMap((row) => {
    const sent = versions.get(tokenOf(row));
    if (sent === undefined) return [`a row of nothing that was sent: ${tokenOf(row)}`];
    const problem = rowProblem(row, sent.event, sent.version, context) ?? erasedProblem(row, sent.event, lives);
    return problem === undefined ? [] : [`the row of ${sent.version.token} is not what was sent: ${problem}`];
  });
}

/** A record opens, holds what was sent byte for byte, and has one key whatever the attempt. */
function recordViolations({ tables, held }: World, { versions }: Look): string[] {
  const keys = new Map<string, string>();
  return tables.rowsOf('quarantine').flatMap(({ row }) => {
    const text = recordText(held.secrets.quarantinePrivateKey, row);
    const [token = ''] = tokensOfText(text ?? '');
    const sent = versions.get(token);
    if (sent === undefined || text !== sent.version.text) return [`a record of nothing that was sent: ${token}`];
    const [name, key] = [`${row['sdk']} ${text}`, String(row['record_key'])];
    const isOne = (keys.get(name) ?? key) === key && (keys.get(key) ?? name) === name;
    keys.set(name, key).set(key, name);
    if (!isOne) return [`the record of ${token} has two keys, or its key two records`];
    return row['events'] === 1 && row['sdk'] === sent.event.sdk ? [] : [`the record of ${token} is not what was sent`];
  });
}

/**
 * Messages of which a stage counted something as lost, and the events that it counted: each key once, as the view of
 * losses does. Of what an erasure has dropped, or of all else.
 */
function lostMessages({ tables, lines }: World, reason?: 'erased'): ReadonlyMap<Held, number> {
  const onTheirWay = [...lines.held].filter(isLoss).map(({ message: { data } }): JsonObject => {
    return JSON.parse(Buffer.from(data).toString('utf8'));
  });
  const all = [...tables.rowsOf('losses').map(({ row }) => row), ...onTheirWay].filter(
    (row) => (row['reason'] === 'erased') === (reason === 'erased'),
  );
  const rows = new Map(all.map((row) => [`${row['loss_key']} ${row['day']} ${row['type']}`, row] as const));
  const lost = new Map<Held, number>();
  for (const row of rows.values()) {
    const message = lines.byId.get(String(row['loss_key']).replace(/^.*:/, ''));
    if (message !== undefined) lost.set(message, (lost.get(message) ?? 0) + Number(row['events']));
  }
  return lost;
}

function lossViolations(world: World): string[] {
  const { lines, held } = world;
  // While it is held its rows may be there in part.
  const done = [...lostMessages(world)].filter(([message]) => !lines.held.has(message));
  return done.flatMap(([{ topic, message }, events]) => {
    const is = tokensIn(topic, message, held.secrets.quarantinePrivateKey).length;
    return is === events ? [] : [`a message of ${is} events was counted as ${events} lost`];
  });
}

function isLoss({ topic }: Held): boolean {
  return topic === topics.losses || topic === `dead-letter.to-table.${topics.losses}`;
}

function eventViolations(event: SentEvent, look: Look, atEnd: boolean): string[] {
  const tokens = event.versions.map(({ token }) => token);
  const name = tokens[0] ?? '';
  const violations: string[] = [];
  const shown = look.viewed.filter((token) => tokens.includes(token));
  if (shown.length > 1) violations.push(`${name} is in the exact view ${shown.length} times`);
  const directly = tokens.filter((token) => look.directly.has(token));
  const isWaiting = tokens.some((token) => look.onTheirWay.has(token));
  const isErased = tokens.some((token) => look.erased.has(token)) && isCovered(event, look.lives);
  const isPurged = isErased || tokens.some((token) => look.purged.has(token));
  for (const { token, promise, fits } of event.versions) {
    const isKept = look.quarantined.has(token) || look.onTheirWay.has(token);
    if (promise === 'accepted' && shown.length === 0 && !isKept && !isWaiting && !isPurged)
      violations.push(`${token} was acknowledged and is lost`);
    if (promise === 'quarantined' && !isKept) violations.push(`${token} was refused and is lost`);
    if (look.directly.has(token) && !fits) violations.push(`${token} was accepted and does not fit`);
  }
  const isKept = directly.some((token) => look.quarantined.has(token));
  if (atEnd && directly.length > 0 && shown.length === 0 && !isKept && !isPurged) {
    violations.push(`${name} was accepted and is not in the exact view`);
  }
  const [first] = shown;
  if (!isWaiting && !isKept && !isPurged && first !== undefined && directly.length > 0 && !directly.includes(first)) {
    violations.push(`${first} was refused, and replaced in the exact view what was accepted: ${directly[0]}`);
  }
  return violations;
}

/** Of two seals that forward one event, one was claimed when the other's claim no longer counted. */
function forwardViolations({ trace, plan }: World, { versions }: SentEvent): string[] {
  // While two layouts are written, both may be fresh: the view makes them one.
  if (plan.steps.some(({ kind }) => kind === 'width-swap')) return [];
  const all = versions.flatMap(({ token }) => trace.forwarded.get(token) ?? []);
  const isFree = (one: (typeof all)[number], other: (typeof all)[number]) =>
    one.atMillis + toleranceMillis >= other.sealMillis + lookBackMillis;
  return all.flatMap((one, at) =>
    all
      .slice(at + 1)
      .flatMap((other) =>
        one.seal === other.seal || isFree(one, other) || isFree(other, one)
          ? []
          : [`two seals forwarded ${versions[0]?.token}: ${one.seal}, ${other.seal}`],
      ),
  );
}
