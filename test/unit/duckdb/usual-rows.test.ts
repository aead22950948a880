import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rowCheck } from '../../../shared/adapters/embedded/duckdb/rows.ts';
import { usualRows } from '../../../shared/adapters/embedded/duckdb/usual-rows.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../../shared/event/json.ts';
import type { Column } from '../../../shared/event-types/column.ts';
import { readEventSchema } from '../../../shared/event-types/event-schema.ts';
import { tableColumns } from '../../../shared/event-types/table.ts';
import { sealAt, startMillis } from '../../helpers/batches.ts';
import { propertySeed } from '../../helpers/property-seed.ts';
import { pseudonymizeWorld } from '../../helpers/pseudonymize-world.ts';
import { column } from './rows.ts';

const columns: readonly Column[] = [
  column('key', 'STRING', { mode: 'REQUIRED' }),
  column('whole', 'INT64'),
  column('real', 'FLOAT64'),
  column('yes', 'BOOL'),
  column('at', 'TIMESTAMP'),
  column('day', 'DATE'),
  column('free', 'JSON'),
  column('tags', 'STRING', { mode: 'REPEATED' }),
  column('order by', 'RECORD', {
    fields: [
      column('select', 'STRING', { mode: 'REQUIRED' }),
      column('lines', 'RECORD', { mode: 'REPEATED', fields: [column('n', 'INT64'), column('d', 'DATE')] }),
    ],
  }),
];
const usual = usualRows(columns);
const check = rowCheck(columns);

/** What the check says of a text that it parses for certain: a space is nothing usual. */
const parsed = (text: string) => check(` ${text}`);

describe('the pattern of usual rows', () => {
  test.each<[string, string]>([
    ['nothing but what is required', '{"key":"k"}'],
    [
      'each kind of value',
      '{"key":"k","whole":-12,"real":0.5,"yes":true,"at":"2024-02-28T23:59:59.999999Z","day":"2023-12-31"}',
    ],
    ['nulls', '{"key":"k","whole":null,"free":null,"order by":null}'],
    ['lists', '{"key":"k","tags":["a","b"],"order by":{"select":"s","lines":[{"n":1},{}]}}'],
    ['empty lists', '{"key":"k","tags":[],"order by":{"select":"s","lines":[]}}'],
    ['escapes', String.raw`{"key":"a\"b\\c\n\u0000\u00e9\ud7ff\ue000"}`],
    ['other letters', '{"key":"žluťoučký 🐎"}'],
  ])('matches %s', (_, text) => {
    expect(usual.test(text)).toBe(true);
    expect(parsed(text).kind).toBe('row');
    expect(check(text)).toEqual({ kind: 'row', text });
  });

  test.each<[string, string]>([
    ['what is required is not there', '{"whole":1}'],
    ['what is required is null', '{"key":null}'],
    ['no column', '{"key":"k","other":1}'],
    ['a member twice', '{"key":"k","whole":1,"whole":2}'],
    ['another order', '{"whole":1,"key":"k"}'],
    ['a comma too much', '{"key":"k",}'],
    ['a comma too much in a list', '{"key":"k","tags":["a",]}'],
    ['no comma', '{"key":"k""whole":1}'],
    ['a space', '{"key": "k"}'],
    ['more behind it', '{"key":"k"}{}'],
    ['a line break behind it', '{"key":"k"}\n'],
    ['a control character', '{"key":"a\u0001"}'],
    ['half a surrogate pair, escaped', String.raw`{"key":"\ud83d"}`],
    ['an escape that JSON has not', String.raw`{"key":"\x41"}`],
    ['a number too large', '{"key":"k","whole":9007199254740993}'],
    ['a fraction', '{"key":"k","whole":1.5}'],
    ['a leading zero', '{"key":"k","whole":01}'],
    ['a negative zero', '{"key":"k","whole":-0}'],
    ['an exponent', '{"key":"k","real":1e400}'],
    ['a word', '{"key":"k","real":NaN}'],
    ['a day that is none', '{"key":"k","day":"2023-02-29"}'],
    ['a leap day', '{"key":"k","day":"2024-02-29"}'],
    ['a month that is none', '{"key":"k","day":"2023-13-01"}'],
    ['the year 0', '{"key":"k","day":"0000-01-01"}'],
    ['hour 24', '{"key":"k","at":"2024-01-01T24:00:00Z"}'],
    ['second 60', '{"key":"k","at":"2024-01-01T23:59:60Z"}'],
    ['seven digits', '{"key":"k","at":"2024-01-01T00:00:00.0000001Z"}'],
    ['an offset', '{"key":"k","at":"2024-01-01T00:00:00+01:00"}'],
    ['JSON', '{"key":"k","free":"{}"}'],
    ['a null in a list', '{"key":"k","tags":[null]}'],
    ['no list', '{"key":"k","tags":"a"}'],
    ['a field that is missing', '{"key":"k","order by":{"lines":[]}}'],
  ])('leaves to the check: %s', (_, text) => {
    expect(usual.test(text)).toBe(false);
  });

  test('never matches what the check refuses', () => {
    const odd = ['', 'é', '"', '\\', '\u0000', '2024-02-30', '2024-12-31', '2024-01-31T10:20:30.5Z', '{}', '-1'];
    const scalar = fc.oneof(
      fc.constantFrom<JsonValue>(...odd, null, true, 0, -1, 1.5, 1e15, 1e21, 2 ** 53),
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.date({ noInvalidDate: true }).map((date) => date.toJSON()),
    );
    const any = fc.oneof({ weight: 4, arbitrary: scalar }, fc.array(scalar, { maxLength: 2 }));
    const mostly = (...usualOnes: JsonValue[]) =>
      fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...usualOnes) }, { weight: 1, arbitrary: any });
    const row = fc.record<Record<string, JsonValue>>(
      {
        key: mostly('k', 'é', 'a"b', '\\n'),
        whole: mostly(0, -1, 123_456),
        real: mostly(0, 0.5, -12.25),
        yes: mostly(true, false),
        at: mostly('2024-12-31T23:59:59.5Z', '2023-01-01T00:00:00Z'),
        day: mostly('2024-01-31', '2023-02-28'),
        free: mostly(null),
        tags: mostly([], ['a'], ['a', 'b']),
        'order by': mostly({ select: 's' }, { select: 's', lines: [{ n: 1, d: '2024-01-01' }, {}] }, null),
      },
      { requiredKeys: ['key'] },
    );
    let matched = 0;
    fc.assert(
      fc.property(row, (one) => {
        const text = JSON.stringify(one);
        if (!text.isWellFormed() || !usual.test(text)) return;
        matched++;
        expect(parsed(text), text).toEqual({ kind: 'row', text });
      }),
      { numRuns: 1_000, seed: propertySeed },
    );
    expect(matched).toBeGreaterThan(100);
  });

  test('matches what pseudonymize writes of our own types', async () => {
    const schema: JsonValue = JSON.parse(readFileSync('schemas/playback/track-played.v1.json', 'utf8'));
    const example = parseJson(readFileSync('schemas/playback/track-played.v1.found-by-search.pass.json', 'utf8'));
    const read = readEventSchema(schema);
    if (read.kind === 'bad' || !isJsonObject(schema) || !isJsonObject(example)) throw new Error('no schema');
    const world = await pseudonymizeWorld({ schemas: [schema] });
    const { type } = read.eventSchema.edi;
    const data: JsonObject = { ...example };
    delete data['tags'];
    const events = [
      { id: 'e1', type, subject: 'alice', data },
      { id: 'e2', type, data },
    ];
    expect(await world.deliver({ seal: sealAt(startMillis, 1), segments: [events] })).toBe('done');
    const pattern = usualRows(tableColumns(read.eventSchema.payload));
    const [{ data: first } = { data: Buffer.alloc(0) }, ...others] = world.publisher.messagesOf(`event.${type}`);
    expect(Buffer.from(first).toString()).toMatch(pattern);
    expect(others).toHaveLength(1);
  });
});
