import { afterEach, describe, expect, test } from 'vitest';
import { defaultIngestConfig } from '../../../functions/ingest/config.ts';
import { makeCreationBounds } from '../../../functions/ingest/creation-bounds.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { systemRandom } from '../../../shared/adapters/system-random.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { readSdkBindings } from '../../../shared/sdks/sdk-bindings.ts';
import { type IngestWorld, orderEvent, startIngest } from '../../helpers/ingest-world.ts';
import { schemaDocument, testSdks } from '../../helpers/schemas.ts';

const schemas = [schemaDocument({ open: true, edi: { sdks: ['web', 'phone'] } })];
let world: IngestWorld | undefined;
afterEach(() => world?.close());

const subjects = (count: number, source = 'installation-1'): JsonObject[] =>
  Array.from({ length: count }, (_, at) => orderEvent({ id: `e-${at}`, source, subject: `person-${at}` }));

describe('11: of a request', () => {
  test('a browser names one source and eight subjects; the rest is to be sent again', async () => {
    world = await startIngest({ schemas });
    const events = [...subjects(9), orderEvent({ id: 'other', source: 'installation-2' })];
    const answer = await (await world.post(events)).json();
    expect(answer).toEqual({
      accepted: 8,
      duplicates: 0,
      rejected: [
        { index: 8, id: 'e-8', transient: true, reason: 'too-many-subjects', errors: [] },
        { index: 9, id: 'other', transient: true, reason: 'too-many-sources', errors: [] },
      ],
    });
    expect(world.quarantined()).toEqual([]);
    expect(await (await world.post(events.slice(8, 9))).json()).toMatchObject({ accepted: 1 });
    expect(world.observer.counts.get('retry-answered.too-many-subjects')).toBe(1);
  });

  test('a subject that was named is no further one, and none is none', async () => {
    world = await startIngest({ schemas });
    const again = subjects(8).map((event) => ({ ...event, id: `again-${event['id']}` }));
    const answer = await (await world.post([...subjects(8), ...again, orderEvent({ id: 'nobody' })])).json();
    expect(answer).toMatchObject({ accepted: 17, rejected: [] });
  });

  test('what is refused for good, or a repeat, counts for nothing', async () => {
    world = await startIngest({ schemas });
    const invalid = orderEvent({ source: 'installation-2', time: 'soon' });
    const answer = await (await world.post([invalid, orderEvent(), orderEvent()])).json();
    expect(answer).toMatchObject({ accepted: 1, duplicates: 1, rejected: [{ reason: 'envelope' }] });
  });

  test('a backend names as many as it likes', async () => {
    world = await startIngest({ schemas });
    const events = subjects(50).map((event, at) => ({ ...event, source: `s-${at}` }));
    const answer = await (await world.post(events, { authorization: 'Bearer key-phone' })).json();
    expect(answer).toMatchObject({ accepted: 50, rejected: [] });
  });
});

describe('11: of a client address and minute', () => {
  const { bindings } = readSdkBindings(testSdks);
  const web = bindings.get('web');
  const makeBounds = (changes: Partial<typeof defaultIngestConfig>) => {
    const clock = createManualClock();
    return { clock, bounds: makeCreationBounds({ ...defaultIngestConfig, ...changes }, clock, systemRandom) };
  };

  test('names are bounded over all its requests, until the minute is over', () => {
    const { clock, bounds } = makeBounds({ maxClientSourcesPerMinute: 2, maxClientSubjectsPerMinute: 3 });
    const ask = (client: string, source: string, subject?: string) =>
      bounds.check(client, web)?.({ source, ...(subject === undefined ? {} : { subject }) });
    expect(['s1', 's2', 's3', 's1'].map((source) => ask('a', source))).toEqual([
      undefined,
      undefined,
      'too-many-sources',
      undefined,
    ]);
    expect(['p1', 'p2', 'p3', 'p4'].map((subject) => ask('a', 's1', subject)).at(-1)).toBe('too-many-subjects');
    expect(ask('b', 's3', 'p4')).toBeUndefined();
    clock.advance(60_000);
    expect(ask('a', 's3', 'p4')).toBeUndefined();
  });

  test('what is remembered is bounded: the oldest client is forgotten first', () => {
    const { bounds } = makeBounds({ maxClientSourcesPerMinute: 1, maxRememberedNames: 2 });
    const ask = (client: string, source: string) => bounds.check(client, web)?.({ source });
    for (const client of ['a', 'b']) ask(client, 's1');
    expect(ask('a', 's2')).toBe('too-many-sources');
    ask('c', 's1');
    expect([ask('a', 's2'), ask('c', 's2')]).toEqual([undefined, 'too-many-sources']);
  });

  test('a binding without a bound is not counted', () => {
    const { bounds } = makeBounds({});
    expect(bounds.check('a', bindings.get('phone'))).toBeUndefined();
    expect(bounds.check('a', undefined)).toBeUndefined();
  });
});

test('11: bindings set the bounds, and a bad one is told', () => {
  const sdks = { namespaces: testSdks['namespaces'] ?? {}, sdks: {} };
  const read = (binding: JsonObject) =>
    readSdkBindings({ ...sdks, sdks: { app: { namespace: 'people', origins: [], ...binding } } });
  const bounds = { maxRequestSources: 2, maxRequestSubjects: 5, key: 'secret' };
  expect(read(bounds).bindings.get('app')).toMatchObject(bounds);
  expect(read({ origins: ['https://a.example'], maxRequestSubjects: 3 }).bindings.get('app')).toMatchObject({
    maxRequestSources: 1,
    maxRequestSubjects: 3,
    key: 'public',
  });
  const bad = read({ maxRequestSources: 0, maxRequestSubjects: '8', key: 'yes' }).problems;
  expect(bad.map(({ pointer }) => pointer)).toEqual([
    '/sdks/app/key',
    '/sdks/app/maxRequestSources',
    '/sdks/app/maxRequestSubjects',
  ]);
});
