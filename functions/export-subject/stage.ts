import type { JsonObject, JsonValue } from '../../shared/event/json.ts';
import { newUuidV7 } from '../../shared/event/uuid.ts';
import { alphaSink } from '../../shared/event-types/alpha.ts';
import { type EventSchema, readEventSchema } from '../../shared/event-types/event-schema.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';
import { readRegistry } from '../../shared/event-types/read-registry.ts';
import { tableName } from '../../shared/event-types/table.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { EventRows } from '../../shared/ports/event-rows.ts';
import type { Objection } from '../../shared/ports/objections.ts';
import type { Decryption, DecryptionLedger } from '../../shared/ports/operations.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { Registry, RegistrySnapshot } from '../../shared/ports/registry.ts';
import { openRow } from './opened-row.ts';
import { findPersonKeys, type PersonKeys, type PersonKeysPorts } from './person-keys.ts';

export interface ExportPorts extends PersonKeysPorts {
  readonly rows: EventRows;
  readonly registry: Registry;
  readonly ledger: DecryptionLedger;
  readonly clock: Clock;
  readonly random: Random;
}

/** Who asks for whom, and why. */
export interface PersonCall {
  readonly caller: string;
  readonly person: DataSubject;
  readonly reason: string;
}

/**
 * Finds the person's keys; one that can be used is in the ledger when this resolves, under the call's `id`. Rejects with
 * `Unavailable`.
 */
async function useKeys(
  { caller, person, reason }: PersonCall,
  call: Decryption['call'],
  ports: ExportPorts,
  id = newUuidV7(ports.clock, ports.random),
): Promise<{ readonly id: string; readonly person: DataSubject; readonly keys: PersonKeys }> {
  const keys = await findPersonKeys(person, ports);
  const { key } = keys;
  if (key.kind === 'key') {
    await ports.ledger.record({ id, caller, call, recordId: key.id, generation: key.generation, reason });
  }
  return { id, person, keys };
}

/**
 * The pseudonyms of the person's own id, as columns hold it: one, since of the keys only the last is there. Every value of the person
 * begins with `beginning`. Rejects with `Unavailable`.
 */
export async function pseudonymsOf(call: PersonCall, ports: ExportPorts): Promise<JsonObject> {
  const { id, keys } = await useKeys(call, 'pseudonyms', ports);
  const { key } = keys;
  const own = key.kind === 'key' ? [{ generation: key.generation, ...pseudonymOf(call.person, key.pseudonyms) }] : [];
  return { id, ...keysJson(keys), pseudonyms: own };
}

/** People who are asked for together at once: each costs a read or two of keys, and a row of the ledger. */
const askedAtOnce = 32;

/**
 * The same of many who are about to be erased: `pseudonyms`, in no order, and of how many the key is `readable`, `none` or
 * `unreadable`. Each that is used is in the ledger, with this call's id. Rejects with `Unavailable`.
 */
export async function pseudonymsOfAll(
  call: Omit<PersonCall, 'person'> & { readonly people: readonly DataSubject[] },
  ports: ExportPorts,
): Promise<JsonObject> {
  const { people, ...asked } = call;
  const id = newUuidV7(ports.clock, ports.random);
  const keys = { readable: 0, none: 0, unreadable: 0 };
  const pseudonyms: JsonObject[] = [];
  for (let at = 0; at < people.length; at += askedAtOnce) {
    const some = people.slice(at, at + askedAtOnce);
    const used = await Promise.all(some.map((person) => useKeys({ ...asked, person }, 'pseudonyms', ports, id)));
    for (const { person, keys: found } of used) {
      const { key } = found;
      keys[key.kind === 'key' ? 'readable' : key.kind] += 1;
      if (key.kind === 'key') pseudonyms.push({ generation: key.generation, ...pseudonymOf(person, key.pseudonyms) });
    }
  }
  return { id, keys, pseudonyms };
}

function pseudonymOf({ subject }: DataSubject, { of, beginning }: { of(text: string): string; beginning: string }) {
  return { pseudonym: of(subject), beginning };
}

/** `key`: `readable`, `none` or `unreadable`; when the keys before were destroyed; and the person's objections. */
function keysJson({ erasedAtMillis, objections, key }: PersonKeys): JsonObject {
  return {
    key: key.kind === 'key' ? 'readable' : key.kind,
    ...(erasedAtMillis === undefined ? {} : { erasedAt: timeText(erasedAtMillis) }),
    ...(objections.length === 0 ? {} : { objections: objections.map(objectionJson) }),
  };
}

function objectionJson({ fromMillis, untilMillis }: Objection): JsonObject {
  return { from: timeText(fromMillis), ...(untilMillis === undefined ? {} : { until: timeText(untilMillis) }) };
}

function timeText(millis: number): string {
  return new Date(millis).toISOString();
}

/** Where something of the person may be that no export looks at. */
const notSearched: readonly JsonValue[] = [
  'quarantine: refused events, encrypted to a key of their own, for 20 days',
  'messages on their way to a table',
  'rows that their table did not take (operations.unfit_rows), for 35 days',
  'the archive of topics, and copies that consumers made',
  'legacy files, until they expire',
];

/**
 * Everything that the tables hold of a person, a line a row, in between how far it is; the last line has `totals`, without which the
 * answer was cut off. Rejects with `Unavailable`.
 */
export async function* exportPerson(call: PersonCall, ports: ExportPorts): AsyncGenerator<JsonObject> {
  const snapshot = await readRegistry(ports.registry);
  const { id, keys } = await useKeys(call, 'export', ports);
  const { key } = keys;
  const tables = key.kind === 'key' ? await ports.rows.tables() : [];
  yield { begun: { id, ...keysJson(keys), tables: tables.length } };
  const totals = { tables: 0, own: 0, mentioned: 0, leftOut: 0 };
  const schemaOf = makeSchemas(snapshot);
  for (const table of key.kind === 'key' ? tables : []) {
    yield { progress: { table, tables: totals.tables, rows: totals.own + totals.mentioned } };
    if (key.kind !== 'key') break;
    const { beginning, open } = key.pseudonyms;
    for await (const page of ports.rows.holding(table, beginning)) {
      for (const row of page) {
        const { type, schema } = schemaOf(table, row);
        const opened = openRow({ row, schema, person: call.person, open });
        if (opened === undefined) continue;
        totals[opened.as] += 1;
        if (opened.as === 'own') totals.leftOut += opened.leftOut;
        yield { row: { table, type, ...rowJson(row, opened) } };
      }
    }
    totals.tables += 1;
  }
  yield { totals: { ...totals, notSearched: [...notSearched] } };
}

function rowJson(row: JsonObject, opened: NonNullable<ReturnType<typeof openRow>>): JsonObject {
  if (opened.as === 'own') return { as: opened.as, event: opened.event };
  const { event_key = null, event_time = null } = row;
  return { as: opened.as, event_key, event_time, values: opened.values };
}

/** Finds the schema of a row's type; each is read once. */
function makeSchemas({ revisions }: RegistrySnapshot) {
  const typeOf = new Map(revisions.map(({ type }) => [tableName(type), type]));
  const documents = new Map(revisions.map(({ type, schema }) => [type, schema]));
  const schemas = new Map<string, EventSchema | undefined>();

  function read(type: string): EventSchema | undefined {
    const document = documents.get(type);
    const result = document === undefined ? undefined : readEventSchema(document);
    return result?.kind === 'schema' ? result.eventSchema : undefined;
  }

  return (table: string, row: JsonObject) => {
    const named = table === alphaSink ? row['type'] : typeOf.get(table);
    const type = typeof named === 'string' ? named : null;
    if (type !== null && !schemas.has(type)) schemas.set(type, read(type));
    return { type, schema: type === null ? undefined : schemas.get(type) };
  };
}
