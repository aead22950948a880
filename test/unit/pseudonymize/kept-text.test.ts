import { describe, expect, test } from 'vitest';
import { duplicate, forwarded, sealAt, startMillis } from '../../helpers/batches.ts';
import { clientTexts } from '../../helpers/client-texts.ts';
import { pseudonymizeWorld } from '../../helpers/pseudonymize-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const type = 'shop.order.v1';
const seal = sealAt(startMillis, 1);
const schemas = [schemaDocument({ properties: { amount: { type: 'integer' } }, open: true })];
const unfit = '{"amount":"x"}';

describe('what is refused is kept as its client wrote it', () => {
  test.each(clientTexts)('a value without a column, in a text with %s', async (_what, textWith) => {
    const text = textWith(unfit);
    expect(JSON.parse(text)).toMatchObject({ data: { amount: 'x' } });
    expect(JSON.stringify(JSON.parse(text))).not.toBe(text);
    const world = await pseudonymizeWorld({ schemas });
    expect(await world.deliver({ seal, segments: [[{ id: 'a' }, { id: 'e-1', text }, { id: 'b' }]] }, 'second')).toBe(
      'done',
    );
    expect(world.quarantined().map(({ row, payload }) => [row['reason'], payload])).toEqual([['mapping', text]]);
    expect(world.rowsOf(type)).toHaveLength(2);
  });

  test.each(clientTexts)('a revision that is not to be had, in a text with %s', async (_what, textWith) => {
    const text = textWith('{"amount":1}');
    const world = await pseudonymizeWorld({ schemas });
    const segments = [[{ id: 'a' }, { id: 'e-1', revision: 2, text }]];
    expect(await world.deliver({ seal, segments }, 'second')).toBe('done');
    expect(world.quarantined().map(({ row, payload }) => [row['reason'], payload])).toEqual([['revision', text]]);
  });

  test('out of several segments, beside duplicates and what is delivered', async () => {
    const world = await pseudonymizeWorld({ schemas });
    const texts = clientTexts.map(([, textWith]) => textWith(unfit));
    const [one = '', two = '', three = '', four = ''] = texts;
    const bad = (text: string) => ({ id: 'e-1', text });
    const segments = [[bad(one), { id: 'a' }, bad(two)], [{ id: 'b' }], [bad(two), bad(three), { id: 'c' }, bad(four)]];
    const marks = segments
      .flat()
      .map(() => forwarded)
      .with(2, duplicate)
      .with(6, duplicate);
    expect(await world.deliver({ seal, segments, marks }, 'second')).toBe('done');
    expect(world.quarantined().map(({ payload }) => payload)).toEqual([one, two, three, four]);
    expect(Object.fromEntries(world.counts)).toMatchObject({ delivered: 2, quarantined: 4 });
  });
});

test('a record names the type only where it fits the grammar of types', async () => {
  const world = await pseudonymizeWorld({ schemas });
  const segments = [[{ id: 'a', type: 'alice@example.com' }]];
  expect(await world.deliver({ seal, segments }, 'second')).toBe('done');
  const [kept] = world.quarantined();
  expect(Object.keys(kept?.row ?? {})).not.toContain('type');
  expect(JSON.parse(kept?.payload ?? '')).toMatchObject({ type: 'alice@example.com' });
});

test.each([
  ['more events than its index', '{"data":{}},{"data":{}}'],
  ['fewer', ''],
])('a payload with %s is delivered again, whole', async (_what, text) => {
  const world = await pseudonymizeWorld({ schemas });
  const segments = [[{ id: 'a' }], [{ id: 'b', text }]];
  expect(await world.deliver({ seal, segments }, 'second')).toBe('unreadable: index and payload differ');
  expect(world.publisher.published).toEqual([]);
});
