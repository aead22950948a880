import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { checkSdksChange } from '../../../shared/schema-language/sdks-change.ts';

type Width = readonly [written: number, read?: number];

function bindings([bucketWidthMillis, read]: Width, namespace = 'phones'): JsonObject {
  const also = read === undefined ? {} : { alsoReadBucketWidthMillis: read };
  return {
    namespaces: { phones: { bucketWidthMillis, ...also }, backends: { bucketWidthMillis: 25 } },
    sdks: { android: { namespace, origins: [] }, relay: { namespace: 'backends', origins: [] } },
  };
}

const day = 86_400_000;
const hour = 3_600_000;
const minute = 60_000;

describe('a width of a namespace', () => {
  test.each<[string, Width, Width]>([
    ['stays', [day], [day]],
    ['is announced', [day], [day, hour]],
    ['stays announced', [day, hour], [day, hour]],
    ['is swapped', [day, hour], [hour, day]],
    ['is swapped back', [hour, day], [day, hour]],
    ['has its change ended', [hour, day], [hour]],
    ['has its announcement taken back', [day, hour], [day]],
  ])('%s', (_, before, after) => {
    expect(checkSdksChange(bindings(before), bindings(after))).toEqual([]);
  });

  test.each<[string, Width, Width, string]>([
    ['in one step', [day], [hour], '"bucketWidthMillis": 86400000, "alsoReadBucketWidthMillis": 3600000'],
    ['with the swap first', [day], [hour, day], '"bucketWidthMillis": 86400000, "alsoReadBucketWidthMillis": 3600000'],
    [
      'announced, and the old one gone with the swap',
      [day, hour],
      [hour],
      '"bucketWidthMillis": 3600000, "alsoReadBucketWidthMillis": 86400000, which swaps the two',
    ],
    ['while another change is under way', [day, hour], [day, minute], '"bucketWidthMillis": 86400000 once a look-back'],
    ['to a third while another change is under way', [day, hour], [minute, day], '"bucketWidthMillis": 86400000 once'],
  ])('does not change %s, and the next step is told', (_, before, after, next) => {
    const [problem, ...more] = checkSdksChange(bindings(before), bindings(after));
    expect(problem).toMatchObject({ pointer: '/namespaces/phones', message: expect.stringContaining(next) });
    expect(more).toEqual([]);
  });
});

test('a binding stays in its namespace', () => {
  const problems = checkSdksChange(bindings([day]), bindings([day], 'backends'));
  expect(problems).toEqual([
    { pointer: '/sdks/android/namespace', message: expect.stringContaining('stays "phones"') },
  ]);
});

test('what is new may be anything, and so may the first bindings', () => {
  expect(checkSdksChange({}, bindings([hour]))).toEqual([]);
  const { sdks, namespaces } = bindings([day]);
  const more = {
    namespaces: { ...(namespaces as JsonObject), web: { bucketWidthMillis: hour } },
    sdks: { ...(sdks as JsonObject), web: { namespace: 'web', origins: [] } },
  };
  expect(checkSdksChange(bindings([day]), more)).toEqual([]);
});
