import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { expectedIn } from '../../../infra/cli/schema-types.ts';
import { passes, readTailLine, type TailEntry, tailLine } from '../../../infra/cli/tail-line.ts';

const types = new Map([['github_pull_request_v1', 'github.pull-request.v1']]);
const time = '2026-11-23T10:11:12.345000Z';
const expectedAt = (type: string, path: string) =>
  type === 'github.pull-request.v1' && path === '/data/number' ? 'integer, at least 1: Its number' : undefined;
const shown = { types, terminalColumns: undefined, colors: false, expectedAt };

function row(value: object): TailEntry & { kind: 'row' } {
  const entry = readTailLine(JSON.stringify(value));
  if (entry?.kind !== 'row') throw new Error('not a row');
  return entry;
}

const event = row({
  dataset: 'events_raw',
  table: 'github_pull_request_v1',
  row: {
    ...{ event_key: 'k', event_id: 'id-1', received_time: time, sdk: 'web', source: 'cHNldWRvbnltIG9mIGE' },
    data: { action: 'opened', number: 7 },
  },
});
const refused = row({
  dataset: 'operations',
  table: 'quarantine',
  row: {
    received_time: time,
    reason: 'schema',
    type: 'github.pull-request.v1',
    sdk: 'web',
    errors: [{ path: '/data/number', keyword: 'type' }],
    payload: 'c2VjcmV0',
  },
});

describe('a line of the tail', () => {
  test('of an event: time, type, SDK, id, source, data', () => {
    expect(tailLine(event, shown)).toMatch(
      /^\d\d:11:12\.345 github\.pull-request\.v1 web id-1 cHNldWRvbnlt \{"action":"opened","number":7\}$/,
    );
  });

  test('shows the key where the id is not shown, and the table where the type is not known', () => {
    const other = row({
      dataset: 'events_raw',
      table: 'shop_order_v1',
      row: { event_key: 'a-key', event_id: null, received_time: time },
    });
    expect(tailLine(other, shown)).toMatch(/ shop_order_v1 - a-key - \{\}$/);
  });

  test('of a type in alpha: its rows are in a table that says the type', () => {
    const alpha = row({
      dataset: 'events_raw',
      table: 'alpha',
      row: { event_key: 'k', received_time: time, type: 'shop.cart.v1', data: '{"items":2}' },
    });
    expect(tailLine(alpha, shown)).toMatch(/ shop\.cart\.v1 - k - \{"items":2\}$/);
    const read = { ...alpha, row: { ...alpha.row, data: { items: 2 } } };
    expect(tailLine(read, shown)).toBe(tailLine(alpha, shown));
    expect(passes(alpha, { type: 'shop.cart.v1', rejected: false })).toBe(true);
    expect(passes(alpha, { type: 'github.pull-request.v1', rejected: false })).toBe(false);
  });

  test('of a refused event: reason, type, SDK, path, keyword, what was wanted, and nothing of its payload', () => {
    expect(tailLine(refused, shown)).toMatch(
      /^\d\d:11:12\.345 REJECTED schema github\.pull-request\.v1 web \/data\/number type \(wanted: integer, at least 1: Its number\)$/,
    );
  });

  test('of a refused event without a type or a place', () => {
    const unknown = row({
      dataset: 'operations',
      table: 'quarantine',
      row: { received_time: 'never', reason: 'size', errors: [{ path: '', keyword: 'size' }] },
    });
    expect(tailLine(unknown, shown)).toBe('--:--:--.--- REJECTED size - - / size');
  });

  test('is cut to the width of the terminal', () => {
    for (const terminalColumns of [1, 10, 40, 60]) {
      const line = tailLine(event, { ...shown, terminalColumns });
      expect([line.length, line.at(-1)]).toEqual([terminalColumns, '…']);
    }
  });

  test('has room for the data at 80 columns, and says more the wider it is', () => {
    const uuid = '01890a5d-ac96-774b-bcce-b302099a8057';
    const long = { ...event, row: { ...event.row, event_id: uuid, data: { text: 'x'.repeat(500) } } };
    const at = (terminalColumns: number) => tailLine(long, { ...shown, terminalColumns });
    expect(at(80)).toMatch(/^\d\d:11:12 github\.pull-request\.v1 web …9a8057 \{"text":"x{20,}…$/);
    expect(at(120)).toMatch(/^\d\d:11:12\.345 github\.pull-request\.v1 web {6}…099a8057 cHNldW \{"text":"x{40,}…$/);
    expect(at(200)).toMatch(new RegExp(`web {6}${uuid} cHNldWRvbnlt \\{"text":"x{70,}…$`));
    for (const width of [80, 120, 200]) expect(at(width)).toHaveLength(width);
  });

  test('stands below the line before in a wide terminal, whatever the SDK is called', () => {
    const other = { ...event, row: { ...event.row, sdk: 'desktop' } };
    const [one, two] = [event, other].map((row) => tailLine(row, { ...shown, terminalColumns: 120 }).indexOf('id-1'));
    expect(one).toBe(two);
  });

  test('has colours where they are wanted, which change no text and no width', () => {
    for (const [row, color] of [
      [event, '\u001b[36m'],
      [refused, '\u001b[31mREJECTED'],
    ] as const) {
      const colored = tailLine(row, { ...shown, terminalColumns: 50, colors: true });
      expect(colored).toContain(color);
      expect(stripVTControlCharacters(colored)).toBe(tailLine(row, { ...shown, terminalColumns: 50 }));
    }
  });

  test('holds nothing that acts on the terminal', () => {
    const hostile = row({
      dataset: 'events_raw',
      table: 'github_pull_request_v1',
      row: { event_id: 'a\u001b[2Jb\nc', received_time: time, data: { text: '\u009b31m\u202edlrow' } },
    });
    const line = tailLine(hostile, shown);
    expect(line).toContain('a\\u001b[2Jb\\nc');
    expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
  });
});

describe('the lines of the operator endpoint', () => {
  test('say where history ends', () => {
    expect(readTailLine('{"history":0}')).toEqual({ kind: 'history' });
  });

  test('may say that rows were left out', () => {
    expect(readTailLine('{"lost":12}')).toEqual({ kind: 'lost', rows: 12 });
  });

  test.each(['', 'no json', '[]', '{"dataset":"events_raw"}'])('%j is none', (line) => {
    expect(readTailLine(line)).toBeUndefined();
  });
});

describe('filters of the tail', () => {
  test.each([
    [{ rejected: false }, true, true],
    [{ rejected: true }, false, true],
    [{ rejected: false, type: 'github.pull-request.v1' }, true, true],
    [{ rejected: true, type: 'github.pull-request.v1' }, false, true],
    [{ rejected: false, type: 'github.push.v1' }, false, false],
  ])('%j', (filter, ofEvent, ofRefused) => {
    expect(passes(event, filter)).toBe(ofEvent);
    expect(passes(refused, filter)).toBe(ofRefused);
  });
});

test('what a schema of the folder wants is told, and nothing of a type that it has not', () => {
  const ofFolder = expectedIn('schemas');
  expect(ofFolder('playback.track-played.v1', '/data/ms_played', 'type')).toMatch(/^integer.*: /);
  expect(ofFolder('playback.track-played.v9', '/data/ms_played', 'type')).toBeUndefined();
  expect(ofFolder('../playback/track-played.v1', '/data/ms_played', 'type')).toBeUndefined();
});

test('what a rule beside the schemas wants is told of every type: sizes, the envelope, times and SDKs', () => {
  const ofFolder = expectedIn('schemas');
  expect(ofFolder('', '', 'size')).toBe('at most 65536 bytes of JSON');
  expect(ofFolder('a.b.v1', '/type', 'enum')).toBe('the name of an active event type');
  expect(ofFolder('-', '/time', 'format')).toMatch(/RFC 3339/);
  expect(ofFolder('playback.track-played.v1', '/time', 'minimum')).toMatch(/^at most 730 days old/);
  expect(ofFolder('playback.track-played.v1', '/type', 'sdks')).toMatch(/: ios, android, desktop, web/);
  expect(ofFolder('a.b.v1', '/type', 'sdks')).toBeUndefined();
  expect(ofFolder('a.b.v1', '', 'mapping')).toBeUndefined();
});
