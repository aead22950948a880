import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type BrokenEvent, makeBrokenEvents } from '../../../infra/cli/demo/broken-events.ts';
import { type GitHubEvents, loadWebhookExamples, makeGitHubEvents } from '../../../infra/cli/demo/github-events.ts';
import { type DemoPlan, makePlan, splitIntoBatches } from '../../../infra/cli/demo/plan.ts';
import { loadPlaybackExamples, makePlaybackEvents } from '../../../infra/cli/demo/playback-events.ts';
import { type DemoEvent, newRun } from '../../../infra/cli/demo/run.ts';
import { requestsOf } from '../../../infra/cli/demo/send-plan.ts';
import { schemaFolder } from '../../../infra/cli/find-deployment.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { readEnvelope } from '../../../shared/event/envelope.ts';
import { domainOf, ownDomain } from '../../../shared/event/event-type-name.ts';
import { compileValidator, type Validator } from '../../../shared/event-types/validator.ts';
import { readSchemaFolder, type SchemaFolder } from '../../../shared/schema-language/schema-folder.ts';

const startMillis = Date.UTC(2026, 10, 23, 12);
const limits = { maxEvents: 50, maxBytes: 1_000_000 };
const maxEventBytes = 65_536;
const run = newRun(createSeededRandom(1), startMillis);
const sizeBytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

let folder: SchemaFolder;
let validators: Map<string, Validator>;
let github: GitHubEvents;
let unique: DemoEvent[];
let broken: BrokenEvent[];
let plan: DemoPlan;

beforeAll(async () => {
  folder = await readSchemaFolder(schemaFolder);
  validators = new Map(folder.schemas.map(({ edi, schema }) => [edi.type, compileValidator(schema)]));
  github = makeGitHubEvents(loadWebhookExamples(), { run, types: new Set(validators.keys()), maxEventBytes });
  const playback = makePlaybackEvents(await loadPlaybackExamples(schemaFolder), run, github.events.length);
  unique = [...github.events, ...playback];
  const push = unique.find(({ type }) => type === 'github.push.v1');
  if (push === undefined) throw new Error('the examples hold no push');
  broken = makeBrokenEvents(run, push, maxEventBytes);
  plan = makePlan(unique, broken, { ...limits, sdkOf: () => 'any' });
});

describe('the events of a demo', () => {
  test('every payload of every webhook with a schema is there, and plays of several listeners and days', () => {
    const payloads = loadWebhookExamples()
      .filter(({ name }) => validators.has(`github.${name.replaceAll('_', '-')}.v1`))
      .flatMap((webhook) => webhook.payloads);
    expect(github.events.length + github.tooLarge).toBe(payloads.length);
    const types = [...validators.keys()].filter((type) => domainOf(type) !== ownDomain);
    expect(new Set(unique.map(({ type }) => type))).toEqual(new Set(types));
    const plays = unique.filter(({ type }) => type === 'playback.track-played.v1');
    expect(new Set(plays.map((play) => play['subject'])).size).toBeGreaterThan(3);
    expect(new Set(plays.map(({ time }) => time.slice(0, 10))).size).toBeGreaterThan(3);
  });

  test('each is a valid envelope with valid data, in the past, and small enough', () => {
    for (const event of unique) {
      expect(readEnvelope(event).kind).toBe('envelope');
      expect(validators.get(event.type)?.(event.data)).toBeUndefined();
      expect(Date.parse(event.time)).toBeLessThanOrEqual(startMillis);
      expect(sizeBytes(event)).toBeLessThanOrEqual(maxEventBytes);
    }
  });

  test('ids and times are distinct; ids are UUIDs that begin with the prefix of the run', () => {
    expect(new Set(unique.map(({ id }) => id)).size).toBe(unique.length);
    expect(new Set(github.events.map(({ time }) => time)).size).toBe(github.events.length);
    for (const { id } of unique) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(id.startsWith(run.idPrefix)).toBe(true);
    }
  });

  test('two runs share no id and no mark in the quarantine', () => {
    const other = newRun(createSeededRandom(2), startMillis);
    expect(other.idPrefix).not.toBe(run.idPrefix);
    const push = unique[0];
    const marks = push === undefined ? [] : makeBrokenEvents(other, push, maxEventBytes).map(({ mark }) => mark);
    for (const { mark } of broken) expect(marks).not.toContainEqual(mark);
  });

  test('source and subject say whose event it is', () => {
    const [event] = makeGitHubEvents(
      [{ name: 'star', payloads: [{ repository: { full_name: 'octo/cat' }, sender: { id: 42 } }] }],
      { run, types: new Set(['github.star.v1', 'github.star.v2']), maxEventBytes },
    ).events;
    expect(event).toMatchObject({ type: 'github.star.v2', source: 'https://github.com/octo/cat', subject: '42' });
  });

  test('a payload that is too large is left out and counted', () => {
    const payloads = [{ padding: 'x'.repeat(maxEventBytes) }, { small: true }];
    const made = makeGitHubEvents([{ name: 'star', payloads }], {
      run,
      types: new Set(['github.star.v1']),
      maxEventBytes,
    });
    expect(made.events).toHaveLength(1);
    expect(made.tooLarge).toBe(1);
  });

  test('without the package of payloads it is said how to get it', () => {
    const load = () => {
      throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' });
    };
    expect(() => loadWebhookExamples(load)).toThrow(/npm ci/);
  });
});

describe('the broken events of a demo', () => {
  test('the wrong type is where the mark says, and only there', () => {
    const wrong = broken.find(({ reason }) => reason === 'schema');
    const data = readEnvelope(wrong?.event);
    const error = data.kind === 'envelope' ? validators.get(data.envelope.type)?.(data.envelope.data) : undefined;
    expect(error).toMatchObject({ path: wrong?.mark.path, keyword: 'type' });
  });

  test('each of the others has a type of its own that no schema has', () => {
    for (const { event, mark, reason } of broken) {
      expect(event['type']).toBe(mark.type);
      if (reason !== 'schema') expect(validators.has(mark.type)).toBe(false);
    }
    expect(new Set(broken.map(({ mark }) => mark.type)).size).toBe(broken.length);
  });

  test('only one is larger than an event may be, one has no id', () => {
    const tooLarge = broken.filter(({ event }) => sizeBytes(event) > maxEventBytes);
    expect(tooLarge.map(({ reason }) => reason)).toEqual(['size']);
    expect(broken.filter(({ event }) => readEnvelope(event).kind === 'rejected').map(({ reason }) => reason)).toEqual([
      'envelope',
    ]);
  });
});

describe('the plan of a demo', () => {
  test('requests are within the limits', () => {
    for (const { events } of requestsOf(plan)) {
      expect(events.length).toBeLessThanOrEqual(limits.maxEvents);
      expect(sizeBytes(events)).toBeLessThanOrEqual(limits.maxBytes);
    }
  });

  test('every event is sent once, all of them again, some a third time; broken ones once', () => {
    const copies = new Map<object, number>();
    for (const event of requestsOf(plan).flatMap(({ events }) => events)) {
      copies.set(event, (copies.get(event) ?? 0) + 1);
    }
    const counts = unique.map((event) => copies.get(event));
    expect(counts.every((count) => count !== undefined && count >= 2)).toBe(true);
    expect(counts).toContain(3);
    expect(broken.map(({ event }) => copies.get(event))).toEqual(broken.map(() => 1));
    expect(copies.size).toBe(unique.length + broken.length);
  });

  test('what is expected of a request adds up to its events', () => {
    const requests = requestsOf(plan);
    for (const { events, expected } of requests) {
      expect(expected.accepted + expected.duplicates + expected.rejected.size).toBe(events.length);
    }
    expect(plan.first.reduce((sum, { expected }) => sum + expected.accepted, 0)).toBe(unique.length);
    expect(requests.reduce((sum, { expected }) => sum + expected.duplicates, 0)).toBe(1);
    expect(requests.flatMap(({ expected }) => [...expected.rejected.values()]).sort()).toEqual(
      broken.map(({ reason }) => reason).sort(),
    );
  });

  test('batches keep the order and lose nothing, within both limits', () => {
    const event = fc.record({ text: fc.string({ maxLength: 40 }) });
    fc.assert(
      fc.property(
        fc.array(event),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 2, max: 300 }),
        (events, n, bytes) => {
          const batches = splitIntoBatches(events, { maxEvents: n, maxBytes: bytes });
          expect(batches.flat()).toEqual(events);
          for (const batch of batches) {
            expect(batch.length).toBeGreaterThan(0);
            expect(batch.length).toBeLessThanOrEqual(n);
            if (batch.length > 1) expect(sizeBytes(batch)).toBeLessThanOrEqual(bytes);
          }
        },
      ),
    );
  });
});
