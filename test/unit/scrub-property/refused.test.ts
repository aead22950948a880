import { afterEach, describe, expect, test } from 'vitest';
import { schemaDocument } from '../../helpers/schemas.ts';
import { scrubWorld } from '../../helpers/scrub-world.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const text = { type: 'string', notPersonal: 'made up' };
const phone = { type: 'object', additionalProperties: false, properties: { number: text } };
const order = schemaDocument({
  properties: {
    note: text,
    buyer: { type: 'object', additionalProperties: false, properties: { phones: { type: 'array', items: phone } } },
    extra: { type: 'object', additionalProperties: true },
  },
});
const span = { from: '2026-01-01T00:00:00Z', to: '2026-01-03T00:00:00Z' };
const asked = { type: 'shop.order.v1', ...span, reason: 'ticket 17' };

async function world() {
  const made = await scrubWorld({ schemas: [order] });
  closers.push(made.close);
  return made;
}

describe('is refused', () => {
  test.each([
    [{ property: '/nothing' }, /\/nothing has no column/],
    [{ property: '/buyer/nothing' }, /\/buyer\/nothing has no column/],
    [{ property: '/buyer/phones/0/number' }, /lists are passed without an index/],
    [{ property: 'note' }, /JSON Pointer/],
    [{ property: '' }, /JSON Pointer/],
    [{ property: '/extra/a"b' }, /no quote/],
    [{ property: '/note', type: 'shop.nothing.v1' }, /no type shop.nothing.v1 is active/],
    [{ property: '/note', type: 'order' }, /event type/],
    [{ property: '/note', from: span.to, to: span.from }, /before/],
    [{ property: '/note', from: 'yesterday' }, /RFC 3339/],
    [{ property: '/note', reason: ' ' }, /why/],
    [{ property: '/note', more: 1 }, /the body has/],
  ])('%o', async (body, problem) => {
    const { call } = await world();
    const answer = await call({ ...asked, ...body });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).error).toMatch(problem);
  });

  test('a page, a caller whom no token names, and another path', async () => {
    const { call, url } = await world();
    const body = { ...asked, property: '/note' };
    expect((await call(body, { origin: 'https://example.com' })).status).toBe(403);
    expect((await call(body, {})).status).toBe(403);
    expect((await call('x'.repeat(20_000))).status).toBe(413);
    expect((await fetch(`${url}v1/others`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${url}v1/scrubs`)).status).toBe(405);
  });
});
