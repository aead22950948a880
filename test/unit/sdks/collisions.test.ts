import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { checkSdksMetaSchema } from '../../../shared/schema-language/meta-schemas.ts';
import { checkCollisions } from '../../../shared/sdks/collisions.ts';

const day = 86_400_000;

describe('events lost a year', () => {
  // The formula of functions/dedup/COLLISIONS.md; rates above its table's, where the check is silent.
  test.each([
    ['phones, 2,000 a day each', day, 8e6, 2_000 / 86_400, '0.014'],
    ['a backend in buckets of a minute', 60_000, 30_000, 30_000, '0.046'],
    ['one source in buckets of an hour', 3_600_000, 10_000, 10_000, '0.31'],
    ['one source in buckets of a day', day, 10_000, 10_000, '7.4'],
  ])('%s', (_what, bucketWidthMillis, eventsPerSecond, eventsPerSourceSecond, expected) => {
    const settings = { bucketWidthMillis, eventsPerSecond, eventsPerSourceSecond };
    const [finding] = checkCollisions({ namespaces: { a: settings } });
    expect(finding?.message).toContain(`about ${expected} events a year`);
  });

  test.each([
    ['phones, 1,000 a day each', day, 8e6, 1_000 / 86_400],
    ['one event in a bucket', 1_000, 1e12, 1],
    ['less than one', 1_000, 1e12, 0.001],
  ])('too few to tell of: %s', (_what, bucketWidthMillis, eventsPerSecond, eventsPerSourceSecond) => {
    const settings = { bucketWidthMillis, eventsPerSecond, eventsPerSourceSecond };
    expect(checkCollisions({ namespaces: { a: settings } })).toEqual([]);
  });
});

describe('the check of sdks.json', () => {
  const withNamespace = (settings: JsonObject) => ({ namespaces: { 'a/b': settings }, sdks: {} });

  test('warns of a bucket that is too wide for its declared rate, and says what to do', () => {
    const [finding, ...others] = checkCollisions(
      withNamespace({ bucketWidthMillis: day, eventsPerSourceSecond: 10_000 }),
    );
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      severity: 'warning',
      rule: 'fingerprint-collisions',
      pointer: '/namespaces/a~1b/bucketWidthMillis',
      message: expect.stringContaining('7.4 events a year'),
      fix: expect.stringContaining('narrow'),
    });
  });

  test('counts all sources, not the busiest alone', () => {
    const phones = { bucketWidthMillis: day, eventsPerSourceSecond: 0.02 };
    expect(checkCollisions(withNamespace(phones))).toEqual([]);
    expect(checkCollisions(withNamespace({ ...phones, eventsPerSecond: 8e6 }))).toHaveLength(1);
  });

  test.each<JsonObject>([
    { bucketWidthMillis: day },
    { bucketWidthMillis: day, eventsPerSecond: 1e9 },
    { bucketWidthMillis: 25, eventsPerSecond: 30_000, eventsPerSourceSecond: 30_000 },
  ])('lets pass %j', (settings) => {
    expect(checkCollisions(withNamespace(settings))).toEqual([]);
    expect(checkSdksMetaSchema(withNamespace(settings))).toEqual([]);
  });

  test.each([null, [], {}, { namespaces: 1 }, { namespaces: { a: null, b: [], c: { bucketWidthMillis: 'x' } } }])(
    'leaves what is none to others: %j',
    (document) => {
      expect(checkCollisions(document)).toEqual([]);
    },
  );

  test('rates that are none are no bindings', () => {
    for (const rate of [0, -1, '5']) {
      const document = withNamespace({ bucketWidthMillis: 1, eventsPerSourceSecond: rate });
      expect(checkSdksMetaSchema(document).map(({ rule }) => rule)).toEqual(['meta-schema']);
    }
  });
});
