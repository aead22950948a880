import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeThreadedCheck } from '../../../functions/publish-schema/threaded-check.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { goodSchema, text } from '../../helpers/publish-world.ts';
import { testSdks } from '../../helpers/schemas.ts';

const maxMillis = 60_000;
const candidate = (schema: JsonObject, active?: JsonObject) => {
  return { text: JSON.stringify(schema), type: 'shop.order.v1', active, sdks: testSdks };
};

/** A definition that holds the next one twice: 2^levels schemas in some KB. */
function doubled(levels: number): JsonObject {
  const $defs: JsonObject = { [`d${levels}`]: text() };
  for (let level = 0; level < levels; level++) {
    const next = { description: 'A part.', $ref: `#/$defs/d${level + 1}` };
    $defs[`d${level}`] = { type: 'object', additionalProperties: false, properties: { l: next, r: next } };
  }
  return { ...goodSchema({ a: { description: 'A part.', $ref: '#/$defs/d0' } }), $defs };
}

describe('the check in a thread', () => {
  const check = makeThreadedCheck(maxMillis);

  test('lets good schemas pass, one after the other', async () => {
    const answers = await Promise.all([
      check(candidate(goodSchema({ a: text() }))),
      check(candidate(goodSchema({ a: text(), b: text() }), goodSchema({ a: text() }))),
    ]);
    expect(answers).toEqual(['fits', 'fits']);
  });

  test('says why a schema is refused', async () => {
    const answer = await check(candidate(goodSchema({ a: { ...text(), maxLength: 5 } }), goodSchema({ a: text() })));
    expect(answer).toMatchObject({ kind: 'refused', reasons: [{ pointer: '/properties/a/maxLength' }] });
  });

  test.each<[string, JsonObject]>([
    ['38 levels of a doubled reference', doubled(38)],
    ['an allOf of 2,000', { ...goodSchema({ a: text() }), allOf: Array(2_000).fill({ minProperties: 0 }) }],
    ['20,000 properties', goodSchema(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`p${i}`, text()])))],
  ])('refuses %s', async (_what, schema) => {
    expect(await check(candidate(schema))).toMatchObject({ kind: 'refused' });
  });
});

describe('a thread that does not answer', () => {
  // A thread that does answer has to start in this time.
  const check = makeThreadedCheck(5_000, join(import.meta.dirname, '../../helpers/endless-worker.ts'));
  const sent = (message: string) => ({ text: message, type: 'shop.order.v1', active: undefined, sdks: testSdks });

  test('is ended, and the next one answers', async () => {
    const answers = await Promise.all(['loop', '', 'throw', ''].map((message) => check(sent(message))));
    const refused = {
      kind: 'refused',
      reasons: [{ message: expect.stringMatching(/^undecided: the check (took|failed)/) }],
    };
    expect([answers[1], answers[3]]).toEqual(['fits', 'fits']);
    expect(answers[0]).toMatchObject(refused);
    expect(answers[2]).toMatchObject(refused);
  });
});
