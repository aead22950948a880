import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { completenessTables } from '../../../infra/completeness/tables.ts';
import { duckDb } from '../../../infra/sql-dialect.ts';
import { makeTopology, type Topology } from '../../../infra/topology.ts';
import { alphaColumns } from '../../../shared/event-types/alpha.ts';
import { envelopeColumns } from '../../../shared/event-types/table.ts';
import { lineOf } from '../../../shared/http/line.ts';
import { readSchemaFolder } from '../../../shared/schema-language/schema-folder.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';

const longest = `${'d'.repeat(60)}.${'e'.repeat(61)}.v9999`;
const folder = await readSchemaFolder(fileURLToPath(new URL('../../../schemas/', import.meta.url)));
const schemas = [
  ...folder.schemas,
  eventSchema(schemaDocument({ type: longest, properties: { a: { type: 'string' } } })),
  eventSchema(schemaDocument({ type: 'shop.fax.v1', edi: { stage: 'retired' } })),
];

/** With the SQL of its views over majors, since no function equals another. */
function saidOf({ typeViews, ...topology }: Topology) {
  return { ...topology, typeViews: typeViews.map(({ query, ...view }) => ({ ...view, sql: query(duckDb) })) };
}

describe.each([
  ['no event type', []],
  ['all event types', schemas],
])('the topology for %s', (_name, list) => {
  const { functions, topics, subscriptions, tables } = makeTopology(list);
  const topicNames = topics.map(({ name }) => name);
  const subscribersOf = (topic: string) => subscriptions.filter((subscription) => subscription.topic === topic);

  test('names everything once, in names that Google takes', () => {
    const names = [
      topicNames,
      subscriptions.map(({ name }) => name),
      tables.map(({ dataset, table }) => `${dataset}.${table}`),
    ];
    for (const kind of names) expect(new Set(kind).size).toBe(kind.length);
    // pubsub.proto, Topic.name and Subscription.name.
    for (const name of names.slice(0, 2).flat()) expect(name).toMatch(/^(?!goog)[A-Za-z][\w.~+%-]{2,254}$/);
    for (const { table } of tables) expect(table).toMatch(/^\w{1,1024}$/);
  });

  test('loses no message: every topic has a subscriber that is not its own dead letter', () => {
    // Whoever copied streams reads the one that is left out, by subscriptions of their own.
    const ours = topicNames.filter((topic) => topic !== 'subject-erased');
    for (const topic of ours) expect(subscribersOf(topic).length).toBeGreaterThan(0);
    for (const { topic } of subscriptions) expect(topicNames).toContain(topic);
  });

  const first = subscriptions.filter(({ deadLetter }) => deadLetter !== undefined);
  const secondOf = (name: string) => subscriptions.find((one) => one.name === `second-line.${name}`);

  test('every dead letter is delivered to the target that it failed at, every ten minutes, for weeks', () => {
    expect(first.length).toBeGreaterThan(0);
    for (const { name, topic, deadLetter, target } of first) {
      const second = secondOf(name);
      expect(deadLetter?.topic).not.toBe(topic);
      expect(second).toMatchObject({ topic: deadLetter?.topic, minBackoffSeconds: 600, maxBackoffSeconds: 600 });
      expect(second?.deadLetter).toBeUndefined();
      expect({ ...second?.target, maxOutstandingMessages: 0 }).toEqual({ ...target, maxOutstandingMessages: 0 });
      expect(lineOf(`projects/p/subscriptions/${second?.name}`)).toBe('second');
      expect(lineOf(`projects/p/subscriptions/${name}`)).toBe('first');
    }
  });

  test('stages have messages for 31 days in either line, tables for 29 in both', () => {
    for (const { name, target, retentionDays } of first) {
      const second = secondOf(name)?.retentionDays ?? 0;
      if (target.kind === 'push') expect([retentionDays, second]).toEqual([31, 31]);
      else expect(retentionDays + second).toBe(29);
    }
  });

  test('what a table of events does not take is written down, what quarantine does not take is not', () => {
    const unfit = subscriptions.filter(({ name }) => name.startsWith('unfit-rows.'));
    const ofEvents = first.filter(({ target }) => target.kind === 'table' && target.dataset === 'events_raw');
    expect(unfit.map(({ topic }) => topic)).toEqual(ofEvents.map(({ deadLetter }) => deadLetter?.topic));
    for (const { target } of unfit) {
      expect(target).toEqual({ kind: 'table', dataset: 'operations', table: 'unfit_rows', row: 'message' });
    }
    expect(tables.find(({ table }) => table === 'unfit_rows')?.layout.retentionDays).toBeGreaterThan(29);
  });

  test('every number is one that Pub/Sub takes', () => {
    for (const { ackDeadlineSeconds, minBackoffSeconds, maxBackoffSeconds, deadLetter } of subscriptions) {
      expect(ackDeadlineSeconds >= 10 && ackDeadlineSeconds <= 600).toBe(true);
      expect(minBackoffSeconds >= 0 && minBackoffSeconds <= maxBackoffSeconds && maxBackoffSeconds <= 600).toBe(true);
      const attempts = deadLetter?.maxDeliveryAttempts ?? 5;
      expect(attempts >= 5 && attempts <= 100).toBe(true);
    }
  });

  test('an outage of half a day becomes no dead letter', () => {
    for (const { minBackoffSeconds, maxBackoffSeconds, deadLetter } of subscriptions) {
      if (deadLetter === undefined) continue;
      let [waited, backoff] = [0, minBackoffSeconds];
      for (let attempt = 1; attempt < deadLetter.maxDeliveryAttempts; attempt++) {
        waited += backoff;
        backoff = Math.min(backoff * 2, maxBackoffSeconds);
      }
      expect(waited).toBeGreaterThan(12 * 3_600);
    }
  });

  test('every push reaches a function that only Pub/Sub may call, once each', () => {
    const pushed = first.flatMap(({ target }) => (target.kind === 'push' ? [target.function] : []));
    const callable = functions.filter(({ callers }) => callers.kind === 'push').map(({ name }) => name);
    expect(pushed.sort()).toEqual(callable.sort());
    expect(functions.filter(({ callers }) => callers.kind === 'public').map(({ name }) => name)).toEqual(['ingest']);
  });

  test('functions publish to topics that exist, and somebody to every topic but dead letters', () => {
    const uploads = topics.filter(({ uploadsTo }) => uploadsTo !== undefined).map(({ name }) => name);
    const published = [...functions.flatMap(({ publishesTo }) => publishesTo), ...uploads];
    for (const topic of published) expect(topicNames).toContain(topic);
    const deadLetters = subscriptions.map(({ deadLetter }) => deadLetter?.topic);
    for (const topic of topicNames) expect(published.includes(topic) || deadLetters.includes(topic)).toBe(true);
  });

  test('personal data in the clear is on the topics before pseudonymize and in their dead letters only', () => {
    const clear = topics.filter(({ clearPersonalData }) => clearPersonalData).map(({ name }) => name);
    const fromClear = subscriptions.filter(({ topic }) => clear.includes(topic));
    expect(clear.sort()).toEqual(['dead-letter.dedup', 'dead-letter.pseudonymize', 'deduplicated', 'received']);
    for (const { target, deadLetter } of fromClear) {
      expect(target.kind).not.toBe('table');
      if (deadLetter !== undefined) expect(clear).toContain(deadLetter.topic);
    }
  });

  test('types in alpha share a topic, a table and a view, which are there before the first of them', () => {
    const [subscription] = subscribersOf('event.alpha');
    expect(subscription?.target).toEqual({ kind: 'table', dataset: 'events_raw', table: 'alpha', row: 'json' });
    const table = tables.find((one) => one.table === 'alpha');
    expect(table).toMatchObject({ columns: alphaColumns, exactView: { dataset: 'events', view: 'alpha' } });
    expect(table?.columns.slice(0, envelopeColumns.length)).toEqual(envelopeColumns);
    expect(table?.exactView?.alphaRows).toBeUndefined();
    const inAlpha = eventSchema(schemaDocument({ type: 'shop.try-out.v1', edi: { stage: 'alpha' } }));
    expect(saidOf(makeTopology([...list, inAlpha]))).toEqual(saidOf(makeTopology(list)));
  });

  test('every table is filled from one topic, and every event type has both, also a retired one', () => {
    const filled = subscriptions.flatMap(({ name, target }) =>
      target.kind === 'table' && lineOf(name) === 'first' ? [`${target.dataset}.${target.table}`] : [],
    );
    // Those of completeness are filled by scheduled queries, those of who is erased and what is scrubbed by the functions
    // that do it.
    const written = ['erased_subjects', 'erased_pseudonyms', 'sweeps', 'scrubs'];
    const others = [...completenessTables.map(({ table }) => table), ...written];
    const ofTopics = tables.filter(({ table }) => !others.includes(table));
    expect([...new Set(filled)].sort()).toEqual(ofTopics.map(({ dataset, table }) => `${dataset}.${table}`).sort());
    for (const { edi, columns } of list) {
      const [subscription] = subscribersOf(`event.${edi.type}`);
      const target = subscription?.target;
      const table = tables.find((one) => target?.kind === 'table' && one.table === target.table);
      expect(table?.columns).toEqual(columns);
      expect(columns.slice(0, envelopeColumns.length)).toEqual(envelopeColumns);
      const alphaRows = { dataset: 'events_raw', table: 'alpha', type: edi.type };
      expect(table?.exactView).toEqual({ dataset: 'events', view: table?.table, alphaRows });
    }
  });
});
