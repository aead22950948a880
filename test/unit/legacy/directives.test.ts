import { describe, expect, test } from 'vitest';
import { eventOf, idsOf, mappingOf, readAll, resultOf } from '../../helpers/legacy.ts';

const zeek = mappingOf({
  description: 'Logs of Zeek',
  owner: 'team',
  format: { columns: 'directives', escapes: ['hex'] },
  events: [
    {
      type: 'net.log.v1',
      source: { $constant: 'sensor' },
      time: 'ts',
      data: { _path: { $directive: 'path' }, $columns: {} },
    },
  ],
});

const head = [
  '#separator \\x09',
  '#set_separator\t,',
  '#empty_field\t(empty)',
  '#unset_field\t-',
  '#path\tconn',
  '#open\t2024-04-12-19-29-15',
];
const fields = '#fields\tts\tuid\tid.orig_h\tid.orig_p\ttook\tbytes\tok\tnames\tports\tnote';
const types = '#types\ttime\tstring\taddr\tport\tinterval\tcount\tbool\tset[string]\tvector[port]\tstring';
const line = '1521911725.733635\tC1\t10.0.0.1\t52184\t1.500000\t0\tT\ta,b\\x2cc\t80,443\t\\x00 \\x09 \\xc3\\xa5';

describe('a file that describes itself', () => {
  test('makes events as its types say', () => {
    const file = [...head, fields, types, line, '#close\t2024-04-12-19-34-07'].join('\n');
    const [record, ...others] = readAll(zeek, file).records;
    expect(others).toEqual([]);
    expect(eventOf(record)).toMatchObject({
      time: '2018-03-24T17:15:25.733635Z',
      data: {
        _path: 'conn',
        ts: '2018-03-24T17:15:25.733635Z',
        uid: 'C1',
        'id.orig_h': '10.0.0.1',
        'id.orig_p': 52_184,
        took: 1.5,
        bytes: 0,
        ok: true,
        names: ['a', 'b,c'],
        ports: [80, 443],
        note: '\\x00 \t å',
      },
    });
  });

  test('tells what is unset and what is empty, and its separators', () => {
    const file = [
      ...['#separator \\x7c', '#set_separator|;', '#empty_field|EMPTY', '#unset_field|NONE', '#fields|ts|a|b|c|d|e'],
      ...['#types|time|string|string|set[string]|set[count]|vector[string]', '1|NONE|EMPTY|EMPTY|1;2|x;NONE;EMPTY'],
    ].join('\n');
    expect(readAll(zeek, file).records.map(resultOf)).toEqual([
      { ts: '1970-01-01T00:00:01.000000Z', b: '', c: [], d: [1, 2], e: ['x', null, ''] },
    ]);
  });

  test('may be several, one after the other', () => {
    const more = ['#path\tdns', '#fields\tquery\tts', '#types\tstring\ttime', 'example.com\t1'];
    const { records } = readAll(zeek, [...head, fields, types, line, ...more].join('\n'));
    expect(records.map((record) => eventOf(record)['data'])).toMatchObject([
      { _path: 'conn', uid: 'C1' },
      { _path: 'dns', query: 'example.com' },
    ]);
  });

  test('has other records than one of the same lines whose directives are shown, and differ', () => {
    const file = [...head, '#fields\tts', '#types\ttime', '1'];
    const ids = ['conn', 'dns'].map((path) =>
      idsOf(readAll(zeek, [...file.slice(0, 4), `#path\t${path}`, ...file.slice(5)].join('\n')).records),
    );
    expect(ids[0]).not.toEqual(ids[1]);
  });

  test('is unusable where records come before their columns', () => {
    expect(readAll(zeek, `#path\tconn\n${line}\n`).unusable).toEqual({
      kind: 'unusable',
      reason: 'no-fields',
      line: 2,
    });
  });

  test("may be of the W3C's kind", () => {
    const mapping = mappingOf({
      description: 'A content delivery network',
      owner: 'team',
      format: { columns: 'directives', escapes: ['percent'], null: ['-'] },
      columns: { 'sc-bytes': { type: 'integer' } },
      events: [
        {
          type: 'net.request.v1',
          source: 'x-edge-location',
          time: { $template: '{date} {time}', type: 'time', format: 'sql', zone: 'UTC' },
          data: { bytes: 'sc-bytes', agent: 'cs(User-Agent)', referer: 'cs(Referer)' },
        },
      ],
    });
    const file = [
      ...['#Version: 1.0', '#Fields: date time x-edge-location sc-bytes cs(User-Agent) cs(Referer)'],
      '2019-12-04\t21:02:31\tLAX1\t392\tMozilla/5.0%20(Windows%20NT)\t-',
    ].join('\n');
    expect(readAll(mapping, file).records.map((record) => eventOf(record))).toMatchObject([
      { source: 'LAX1', time: '2019-12-04T21:02:31.000000Z', data: { bytes: 392, agent: 'Mozilla/5.0 (Windows NT)' } },
    ]);
  });
});
