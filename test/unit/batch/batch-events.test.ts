import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BatchEvents, openEvents } from '../../../shared/batch/batch-events.ts';
import { openBatch, sealBatch, type Unreadable } from '../../../shared/batch/sealed-batch.ts';

const seal = '0190c1f0-1234-7000-8000-00000000000a';

/** A batch of these segments, with an entry for each of `segmentOf`. */
function eventsOf(segments: readonly string[], segmentOf: readonly number[]): BatchEvents | Unreadable {
  const bytes = segments.map((text) => Buffer.from(text));
  const entries = segmentOf.map((segment, at) => {
    return { segment, source: 's', id: `e-${at}`, timeMicros: 0, type: 'shop.order.v1', revision: 1 };
  });
  const index = { segments: bytes.map(({ length }) => ({ lengthBytes: length, receivedAtMillis: 0 })), entries };
  const opened = openBatch(sealBatch({ seal, sdk: 'web', index, segments: bytes }));
  return opened.kind === 'unreadable' ? opened : openEvents(opened);
}

function readable(events: BatchEvents | Unreadable): BatchEvents {
  if (events.kind === 'unreadable') throw new Error(events.problem);
  return events;
}

test('answers events and their own texts, whatever the order of segments in the index', () => {
  const segments = ['[ {"a" : 1.0}, 9007199254740993 ]', '[\n"\\u00e9"\n]', '[]', ' [null,{"k":1,"k":2}] '];
  const { events, textOf } = readable(eventsOf(segments, [3, 0, 1, 0, 3]));
  expect(events).toEqual([null, { a: 1 }, 'é', 9007199254740992, { k: 2 }]);
  const texts = ['null', '{"a" : 1.0}', '"\\u00e9"', '9007199254740993', '{"k":1,"k":2}'];
  expect(events.map((_, at) => textOf(at))).toEqual(texts);
  expect([4, 0, 3].map(textOf)).toEqual([texts[4], texts[0], texts[3]]);
});

test('has no text for an entry that the batch has not', () => {
  const { textOf } = readable(eventsOf(['[1]'], [0]));
  for (const at of [-1, 1, 0.5]) expect(() => textOf(at)).toThrow(/no text for entry/);
});

test('gives every event of any batch its own text', () => {
  const space = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 });
  const number = fc.constantFrom('9007199254740993', '-0', '1E+2', '1.10', '123456789012345678901234567890', '1e400');
  const text = fc.oneof(
    number,
    fc.json(),
    fc
      .tuple(space, number, fc.string())
      .map(([gap, value, key]) => `{${JSON.stringify(key)}:${gap}${value},"a":[${gap}]}`),
    fc.constantFrom('{"a":1,"a":2}', '"],[\\"\\\\"', '"\\ud83d\\uDE00\\u002f\\/"', '{"__proto__":{}}'),
  );
  fc.assert(
    fc.property(fc.array(fc.array(text, { maxLength: 4 }), { maxLength: 4 }), space, (batch, gap) => {
      const segments = batch.map((texts) => `${gap}[${gap}${texts.join(`${gap},${gap}`)}${gap}]`);
      const { textOf } = readable(
        eventsOf(
          segments,
          batch.flatMap((texts, segment) => texts.map(() => segment)),
        ),
      );
      expect(batch.flat().map((_, at) => textOf(at))).toEqual(batch.flat());
    }),
    { numRuns: 300 },
  );
});

describe('a payload that does not fit its index is unreadable, so that no event of it is lost', () => {
  test.each<[string, string[], number[], string]>([
    ['an event too few', ['[1]'], [0, 0], 'index and payload differ'],
    ['an event too many', ['[1,2]'], [0], 'index and payload differ'],
    ['an event of another segment', ['[1]', '[2,3]'], [0, 0, 1], 'index and payload differ'],
    ['a segment without entries', ['[1]', '[2]'], [0], 'index and payload differ'],
    ['a segment that is cut off', ['[1,{"a":'], [0, 0], 'a segment is not JSON'],
    ['an empty segment', ['[1]', ''], [0], 'a segment is not JSON'],
  ])('%s', (_what, segments, segmentOf, problem) => {
    expect(eventsOf(segments, segmentOf)).toEqual({ kind: 'unreadable', problem });
  });
});
