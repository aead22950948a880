import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEnvelope } from '../../../shared/event/envelope.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/event/json.ts';
import { type IngestWorld, orderEvent, startIngest } from '../../helpers/ingest-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const folder = new URL('../../data/cloudevents/', import.meta.url);
const readText = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const readJson = (name: string): JsonValue => JSON.parse(readText(name));

/** What each example of the JSON format is here: we take JSON objects as data, as bytes too, and nothing else. */
const verdicts: Record<string, string> = {
  'binary data': '/data_base64 not',
  'XML data': '/datacontenttype const',
  'JSON object': 'accepted',
  'JSON number': '/data type',
  'JSON string without a content type': '/data type',
  'binary data without a content type': '/time required',
};

const faultOf = (event: JsonValue): string => {
  const read = readEnvelope(event);
  return read.kind === 'envelope' ? 'accepted' : read.errors.map(({ path, keyword }) => `${path} ${keyword}`).join();
};

describe('the examples of the JSON event format', () => {
  const examples = readJson('json-format-examples.json');
  if (!Array.isArray(examples)) throw new Error('no examples');
  const named = new Map(examples.filter(isJsonObject).map(({ name, json }) => [String(name), json ?? null]));

  test.each(Object.entries(verdicts))('%s: %s', (name, verdict) => {
    expect(faultOf(named.get(name) ?? null)).toBe(verdict);
  });

  test('data_base64 without a content type is read as JSON, and refused where it is none', () => {
    const example = named.get('binary data without a content type');
    if (!isJsonObject(example)) throw new Error('no example');
    const complete = { ...example, time: '2018-04-05T17:31:00Z' };
    expect(faultOf(complete)).toBe('accepted');
    expect(faultOf({ ...complete, data_base64: '/9j/4AAQSkZJRg==' })).toBe('/data_base64 not');
  });

  test('a null attribute is none, and extensions are counted', () => {
    const read = readEnvelope(named.get('JSON object'));
    expect(read).toMatchObject({ envelope: { id: 'C234-1234-1234', droppedExtensionCount: 2 } });
    expect(read.kind === 'envelope' && 'subject' in read.envelope).toBe(false);
  });

  test('a batch is decided event by event', () => {
    const batch = named.get('batch');
    if (!Array.isArray(batch)) throw new Error('no batch');
    expect(batch.map(faultOf)).toEqual(['/data_base64 not', 'accepted']);
  });
});

test.each(['build_started.json', 'pipelinerun_finished.json', 'incident_reported.json'])(
  'the CDEvents event %s is carried as data, as its CloudEvents binding says',
  (name) => {
    const event = readJson(`cdevents/${name}`);
    if (!isJsonObject(event) || !isJsonObject(event['context'])) throw new Error('no CDEvent');
    const { id, source, type, timestamp } = event['context'];
    const envelope = { specversion: '1.0', id, source, type, time: timestamp, data: event } as JsonObject;
    expect(readEnvelope(envelope)).toMatchObject({ kind: 'envelope', envelope: { id, source, type, data: event } });
  },
);

/** An HTTP request of a scenario, and the attributes that it must be read as. */
interface Scenario {
  readonly name: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly attributes: Record<string, string>;
}

/** Reads the two scenario outlines of the feature file, one scenario for each example. */
function readScenarios(feature: string): Scenario[] {
  return feature
    .split('Scenario Outline: ')
    .slice(1)
    .flatMap((outline) => {
      const [title = ''] = outline.split('\n');
      const examples = [...(outline.split('Examples:')[1] ?? '').matchAll(/\| +(\S.*?) +\|/g)].map(
        ([, cell]) => cell ?? '',
      );
      return examples.slice(1).map((contentType) => {
        const text = outline.replaceAll('<contentType>', contentType);
        const [, http = ''] = text.split('"""');
        const lines = http.split('\n').map((line) => line.replace(/^ {8}/, ''));
        const blank = lines.indexOf('', 1);
        const headers = lines.slice(2, blank).map((line) => line.split(/: (.*)/).slice(0, 2));
        const table = [...text.matchAll(/\| +(\w+) \| (\S.*?) +\|/g)].map(([, key, value]) => [key, value]);
        const attributes = Object.fromEntries(table.filter(([key]) => key !== 'key'));
        return {
          name: title.replace('<contentType>', contentType),
          headers: Object.fromEntries(headers),
          body: lines.slice(blank + 1).join('\n'),
          attributes,
        };
      });
    });
}

describe('the conformance cases of the HTTP binding', () => {
  let world: IngestWorld;
  beforeAll(async () => {
    world = await startIngest({ schemas: [schemaDocument({ open: true, edi: { retentionDays: 3_650 } })] });
  });
  afterAll(() => world.close());

  const scenarios = readScenarios(readText('http-protocol-binding.feature'));

  test('are four', () => {
    expect(scenarios.map(({ attributes }) => Object.keys(attributes).length)).toEqual([6, 6, 6, 6]);
  });

  test.each(scenarios)('$name', async ({ headers, body, attributes }) => {
    // Types have a grammar of our own: the type is checked as it arrives, then replaced to be accepted.
    const ourType = (text: string) => text.replace('com.example.someevent', 'shop.order.v1');
    const { 'Content-Length': _length, Host: _host, ...rest } = headers;
    const sent = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, ourType(value)]));
    const status = await postPlain(world, { ...sent, Authorization: 'Bearer key-web' }, ourType(body));
    expect(status).toBe(200);
    const [event]: JsonObject[] = JSON.parse(world.received().at(-1)?.texts[0] ?? '[]');
    const { datacontenttype, ...expected } = attributes;
    expect(event).toMatchObject({ ...expected, type: 'shop.order.v1', data: { message: 'Hello World!' } });
    expect(datacontenttype).toMatch(/^application\/json/);
  });
});

/** With exactly these headers. */
function postPlain(world: IngestWorld, headers: Record<string, string>, body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${world.url}/v1/events`, { method: 'POST', headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    outgoing.on('error', reject).end(body);
  });
}

test('binary and structured mode are the same event', async () => {
  const world = await startIngest({ schemas: [schemaDocument({ open: true })] });
  const { data, ...attributes } = orderEvent({ subject: 'Ü & "ü"', data: { message: 'Hello' } });
  const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, encodeURIComponent(String(value))]);
  await world.post(JSON.stringify(data), Object.fromEntries(headers));
  await world.post([{ ...attributes, data: data ?? null }]);
  const [binary, structured] = world.received();
  await world.close();
  expect(JSON.parse(binary?.texts[0] ?? '')).toEqual(JSON.parse(structured?.texts[0] ?? ''));
  expect(binary?.index.entries).toEqual(structured?.index.entries);
});
