import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { checkSdksChange } from '../../../shared/sdks/sdks-change.ts';
import { sharedNamespaceProblems } from '../../../shared/sdks/shared-namespaces.ts';
import { testSdks } from '../../helpers/schemas.ts';

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

describe('keys', () => {
  const withAndroid = (android: JsonObject, more: JsonObject = {}): JsonObject => {
    const { namespaces } = bindings([day]);
    return { namespaces: namespaces ?? {}, sdks: { android: { namespace: 'phones', ...android }, ...more } };
  };

  test.each<[string, JsonObject, JsonObject]>([
    ['stay public', { key: 'public' }, { key: 'public' }],
    ['stay secret, said in the words of an earlier release', { secretKey: true }, { key: 'secret' }],
    ['are said to be secret by who said nothing', {}, { key: 'secret' }],
  ])('%s', (_, before, after) => {
    expect(checkSdksChange(withAndroid(before), withAndroid(after))).toEqual([]);
  });

  test.each<[string, JsonObject, JsonObject]>([
    ['from public to secret', { key: 'public' }, { key: 'secret' }],
    ['from secret to public', { key: 'secret' }, { key: 'public' }],
    ['from secret to what counts as public', { secretKey: true }, {}],
  ])('never change %s', (_, before, after) => {
    expect(checkSdksChange(withAndroid(before), withAndroid(after))).toEqual([
      { pointer: '/sdks/android/key', message: expect.stringContaining('make a new binding') },
    ]);
  });

  test('a namespace is not handed on to a binding of the other kind, whoever has left it', () => {
    const { namespaces } = bindings([day]);
    const next = { namespaces: namespaces ?? {}, sdks: { server: { namespace: 'phones', key: 'secret' } } };
    expect(checkSdksChange(withAndroid({ key: 'public' }), next)).toEqual([
      { pointer: '/sdks/server/key', message: expect.stringContaining('is of public keys') },
    ]);
  });

  test('public and secret keys share no namespace', () => {
    const mixed = withAndroid({ key: 'public' }, { server: { namespace: 'phones', key: 'secret' } });
    expect(sharedNamespaceProblems(mixed)).toEqual([
      { pointer: '/sdks/server/namespace', message: expect.stringContaining('namespace of "android"') },
    ]);
    const apart = withAndroid({ key: 'public' }, { server: { namespace: 'backends', key: 'secret' } });
    expect(sharedNamespaceProblems(apart)).toEqual([]);
    expect(sharedNamespaceProblems(testSdks)).toEqual([]);
  });
});
