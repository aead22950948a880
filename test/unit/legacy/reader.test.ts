import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { eventOf, idsOf, mappingOf, readAll, resultOf, simpleMapping } from '../../helpers/legacy.ts';

const positions = mappingOf(simpleMapping({ columns: ['at', 'x'] }, {}, { x: 'x' }));
const header = mappingOf(simpleMapping({ columns: 'header' }, {}, { x: 'x' }));

describe('an event of a record', () => {
  test('has what the mapping says, and an id that is no UUID', () => {
    const document = {
      ...simpleMapping({ columns: ['at', 'device', 'user'] }),
      events: [
        { type: 'shop.order.v1', source: { $template: 'till:{device}' }, time: 'at', subject: 'user', data: {} },
      ],
    };
    const [record] = readAll(mappingOf(document), '1700000000.5\t12\t0042\n').records;
    expect(eventOf(record)).toEqual({
      specversion: '1.0',
      type: 'shop.order.v1',
      id: expect.stringMatching(/^record-[\w-]{22}-0$/),
      source: 'till:12',
      time: '2023-11-14T22:13:20.500000Z',
      subject: '0042',
      data: {},
    });
  });

  test('has the id, source and time of the new path where columns say them', () => {
    const document = {
      ...simpleMapping({ columns: ['at', 'installation', 'event'] }),
      events: [{ type: 'shop.order.v1', id: 'event', source: 'installation', time: 'at', data: {} }],
    };
    const { records } = readAll(
      mappingOf(document),
      '1700000000\tphone-1\tf81d4fae\n1700000000\tphone-1\tf81d4fae\n1\tx\t\n',
    );
    expect(records.slice(0, 2).map(eventOf)).toMatchObject([
      { id: 'f81d4fae', source: 'phone-1' },
      { id: 'f81d4fae', source: 'phone-1' },
    ]);
    expect(records.slice(2).map(resultOf)).toEqual(['legacy-missing id']);
  });

  test('is of the first type that fits; a record that fits none is bad, one that a rule leaves out is counted', () => {
    const common = { source: { $constant: 'tv' }, time: 'at' };
    const document = {
      ...simpleMapping({ columns: ['at', 'kind', 'x'] }),
      events: [
        { ...common, when: { kind: ['play', 'p'], x: { not: ['test'] } }, type: 'a.played.v1', data: { x: 'x' } },
        { ...common, when: { kind: 'stop' }, type: 'a.stopped.v1', data: { y: 'x' } },
        { when: { kind: [null, 'ping'] }, skip: 'nobody needs them' },
      ],
    };
    const file = ['1\tplay\t1', '2\tp\t2', '3\tstop\t3', '4\tping\t4', '5\t\t5', '6\tplay\ttest', '7\tnew\t7'].join(
      '\n',
    );
    const { records, counts } = readAll(mappingOf(document), file);
    expect(records.map((record) => (record.kind === 'event' ? record.type : record.reason))).toEqual([
      ...['a.played.v1', 'a.played.v1', 'a.stopped.v1', 'legacy-no-type', 'legacy-no-type'],
    ]);
    expect(counts).toEqual({ records: 7, mapped: 3, skipped: 2, bad: 2 });
  });

  test('is read by the version that its number of columns, or one of them, says', () => {
    const versions = [
      { columns: ['at', 'v', 'x', 'y'], when: { column: 'v', is: ['3'] } },
      { columns: ['at', 'v', 'y', 'x'], when: { column: 'v', is: ['4'] } },
      { columns: ['at', 'x'] },
    ];
    const mapping = mappingOf(simpleMapping({ versions }, {}, { x: 'x' }));
    const { records } = readAll(mapping, '1\t3\ta\tb\n1\t4\ta\tb\n1\tc\n1\t5\ta\tb\n1\t2\t3\n');
    expect(records.map(resultOf)).toEqual([{ x: 'a' }, { x: 'b' }, { x: 'c' }, 'legacy-columns', 'legacy-columns']);
  });

  test('may have fewer or more columns where the mapping says so', () => {
    const loose = { columns: ['at', 'x', 'y'], missingColumns: 'null', extraColumns: 'ignore' };
    const { records } = readAll(mappingOf(simpleMapping(loose, {}, { x: 'x', y: 'y' })), '1\n1\ta\tb\tc\n');
    expect(records.map(resultOf)).toEqual([{}, { x: 'a', y: 'b' }]);
  });
});

describe('a file', () => {
  test('may be empty', () => {
    for (const mapping of [positions, header]) {
      expect(readAll(mapping, '')).toEqual({
        records: [],
        unusable: undefined,
        counts: { records: 0, mapped: 0, skipped: 0, bad: 0 },
      });
    }
  });

  test('may be a header alone, with or without its line end', () => {
    for (const file of ['at\tx', 'at\tx\n', 'at\tx\r\n', '\ufeffat\tx\n']) {
      expect(readAll(header, file)).toMatchObject({ records: [], unusable: undefined, counts: { records: 0 } });
    }
  });

  test('may have headers in between, where files were joined; the columns are those of the last', () => {
    const { records } = readAll(header, '\ufeffat\tx\n1\ta\nat\tx\n1\tb\n\ufeffx\tat\nc\t1\n');
    expect(records.map(resultOf)).toEqual([{ x: 'a' }, { x: 'b' }, { x: 'c' }]);
  });

  test.each([
    ['quoted', '"at"\t"x"\n1\ta\n2\tb\n', '"x"\t"at"\n'],
    ['percent', '%61t\t%78\n1\ta\n2\tb\n', '%78\t%61t\n'],
    ['hex', '\\x61t\tx\n1\ta\n2\tb\n', 'x\t\\x61t\n'],
    ['backslash', '\\x61t\tx\n1\ta\n2\tb\n', '\\x78\t\\u0061t\n'],
  ])('may have headers in between whose names are written with escapes: %s', (name, before, again) => {
    const mapping = mappingOf(simpleMapping({ columns: 'header', escapes: [name] }, {}, { x: 'x' }));
    const { records } = readAll(mapping, `${before}${again}c\t3\n${before}`);
    expect(records.map(resultOf)).toEqual([{ x: 'a' }, { x: 'b' }, { x: 'c' }, { x: 'a' }, { x: 'b' }]);
  });

  test('may name columns that the mapping does not, and in any order', () => {
    expect(readAll(header, 'y\tx\tat\n1\ta\t5\n').records.map(resultOf)).toEqual([{ x: 'a' }]);
  });

  test('is unusable where its header lacks a column, and nothing of it is refused record by record', () => {
    expect(readAll(header, 'at\ty\n1\ta\n1\tb\n')).toMatchObject({
      records: [],
      unusable: { reason: 'columns', columns: ['x'], line: 1 },
    });
  });

  test('is unusable in UTF-16', () => {
    const file = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('1\ta\n', 'utf16le')]);
    expect(readAll(positions, file).unusable).toEqual({ kind: 'unusable', reason: 'encoding', line: 1 });
  });

  test('has the same records and ids with CRLF, without an end of the last line, with a BOM and empty lines', () => {
    const plain = readAll(positions, '1\ta\n2\tb\n');
    for (const file of [
      '1\ta\r\n2\tb\r\n',
      '1\ta\n2\tb',
      '1\ta\r\n2\tb\r',
      '\ufeff1\ta\n2\tb\n',
      '\n1\ta\n\n\r\n2\tb\n\n',
    ]) {
      const { records, counts } = readAll(positions, file);
      expect(idsOf(records), JSON.stringify(file)).toEqual(idsOf(plain.records));
      expect(counts).toEqual(plain.counts);
    }
  });

  test('may begin with lines that are no records, and have comments', () => {
    const mapping = mappingOf(simpleMapping({ columns: ['at', 'x'], headerLines: 2, comment: '//' }, {}, { x: 'x' }));
    expect(readAll(mapping, 'Report\nof today\n1\ta\n// note\n1\tb\n').records.map(resultOf)).toEqual([
      { x: 'a' },
      { x: 'b' },
    ]);
  });
});

describe('a bad record', () => {
  const long = Buffer.alloc(70_000, 'x');
  const file = Buffer.concat([
    Buffer.from('1\tü\n'),
    ...[Buffer.from('2\t'), Buffer.from([0xc3, 0x28]), Buffer.from('\n')],
    Buffer.from('3\ta\0b\n'),
    ...[Buffer.from('4\t'), long, Buffer.from('\r\n')],
    Buffer.from('5\ta\tb\n'),
    Buffer.from('soon\ta\n'),
    Buffer.from('\ta\n'),
    Buffer.from('7\tok\n'),
  ]);
  const expected = [
    { x: 'ü' },
    ...['legacy-utf8', 'legacy-nul', 'legacy-too-long', 'legacy-columns', 'legacy-time at', 'legacy-missing time'],
    { x: 'ok' },
  ];

  test('has its reason, and the rest goes on', () => {
    const { records, counts } = readAll(positions, file);
    expect(records.map(resultOf)).toEqual(expected);
    expect(counts).toEqual({ records: 8, mapped: 2, skipped: 0, bad: 6 });
  });

  test('has line, byte offset and length, and its bytes, or the hash of what is too long', () => {
    for (const record of readAll(positions, file, { cuts: [3, 9, 40_000, 60_000, 70_010] }).records) {
      const { offset, lengthBytes, line } = record.place;
      const bytes = file.subarray(offset, offset + lengthBytes);
      expect(file[offset + lengthBytes]).toBe(resultOf(record) === 'legacy-too-long' ? 0x0d : 0x0a);
      expect(file.subarray(0, offset).filter((byte) => byte === 0x0a).length).toBe(line - 1);
      if (record.kind === 'event') expect(record.line).toBe(bytes.toString());
      else if ('bytes' in record.content) expect(Buffer.from(record.content.bytes)).toEqual(bytes);
      else expect(record.content.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    }
  });

  test('of 50 MB is told by its hash, whatever pieces it comes in, and is never held', () => {
    const piece = Buffer.alloc(1_000_000, 'y');
    const { records } = readAll(
      positions,
      Buffer.concat([...Array.from({ length: 50 }, () => piece), Buffer.from('\n1\tok')]),
      {
        cuts: Array.from({ length: 400 }, (_, at) => at * 131_072),
      },
    );
    expect(records.map(resultOf)).toEqual(['legacy-too-long', { x: 'ok' }]);
    expect(records[0]?.place).toEqual({ line: 1, offset: 0, lengthBytes: 50_000_000 });
  });
});

describe('equal records of a file', () => {
  test('are events of their own, in any order', () => {
    const ids = idsOf(readAll(positions, '1\ta\n1\tb\n1\ta\n1\ta\n').records);
    expect(new Set(ids).size).toBe(4);
    expect(new Set(idsOf(readAll(positions, '1\ta\n1\ta\n1\ta\n1\tb\n').records))).toEqual(new Set(ids));
  });

  test('are those of another file, where it has them too', () => {
    const whole = idsOf(readAll(positions, '1\ta\n1\ta\n2\tb\n').records);
    const pieces = ['1\ta\n2\tb\n', '1\ta\n'].flatMap((file) => idsOf(readAll(positions, file).records));
    expect(pieces.every((id) => whole.includes(id))).toBe(true);
  });

  test('further apart than two generations are one event', () => {
    const file = `1\ta\n${Array.from({ length: 20 }, (_, at) => `1\tb${at}\n`).join('')}1\ta\n`;
    const ids = idsOf(readAll(positions, file, { generationRecords: 5 }).records);
    expect(ids[0]).toBe(ids.at(-1));
    expect(new Set(idsOf(readAll(positions, file, { generationRecords: 20 }).records)).size).toBe(22);
  });

  test('may differ in columns that change with every export', () => {
    const document = {
      ...simpleMapping({ columns: ['at', 'x', 'exported'] }, {}, { x: 'x' }),
      identity: { except: ['exported'] },
    };
    const [one, other] = ['1\ta\tmonday\n', '1\ta\ttuesday\n'].map((file) =>
      idsOf(readAll(mappingOf(document), file).records),
    );
    expect(one).toEqual(other);
  });
});
