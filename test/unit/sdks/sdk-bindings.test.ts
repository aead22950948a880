import { expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { defaultRetryPolicy, readSdkBindings } from '../../../shared/sdks/sdk-bindings.ts';

const namespaces = { people: { bucketWidthMillis: 86_400_000 } };
const withBinding = (binding: JsonValue): JsonObject => ({ namespaces, sdks: { web: binding } });

test('reads bindings with their namespace, origins and retry policy', () => {
  const { bindings, problems } = readSdkBindings({
    namespaces,
    sdks: {
      web: {
        namespace: 'people',
        origins: ['https://a.example', 'http://localhost:3000'],
        retryPolicy: { jitter: 0.1 },
      },
      phone: { namespace: 'people' },
    },
  });
  expect(problems).toEqual([]);
  const namespace = { name: 'people', bucketWidthMillis: 86_400_000 };
  expect([...bindings.values()]).toEqual([
    {
      name: 'web',
      namespace,
      origins: ['https://a.example', 'http://localhost:3000'],
      retryPolicy: { ...defaultRetryPolicy, jitter: 0.1 },
      key: 'public',
      maxRequestSources: 1,
      maxRequestSubjects: 8,
    },
    { name: 'phone', namespace, origins: [], retryPolicy: defaultRetryPolicy, key: 'public' },
  ]);
});

test.each<[JsonValue, string]>([
  [null, '/namespaces'],
  [{ sdks: {} }, '/namespaces'],
  [{ namespaces }, '/sdks'],
  [withBinding('people'), '/sdks/web'],
  [withBinding({}), '/sdks/web/namespace'],
  [withBinding({ namespace: 'other' }), '/sdks/web/namespace'],
  [{ namespaces: { people: { bucketWidthMillis: 0 } }, sdks: { web: { namespace: 'people' } } }, '/sdks/web/namespace'],
  [
    { namespaces: { people: { bucketWidthMillis: 1.5 } }, sdks: { web: { namespace: 'people' } } },
    '/sdks/web/namespace',
  ],
  [withBinding({ namespace: 'people', origins: 'https://a.example' }), '/sdks/web/origins'],
  [withBinding({ namespace: 'people', origins: ['https://a.example/path'] }), '/sdks/web/origins'],
  [withBinding({ namespace: 'people', origins: ['*'] }), '/sdks/web/origins'],
  [withBinding({ namespace: 'people', origins: ['https://*.example'] }), '/sdks/web/origins'],
  [withBinding({ namespace: 'people', key: 'private' }), '/sdks/web/key'],
  [withBinding({ namespace: 'people', key: true }), '/sdks/web/key'],
  [withBinding({ namespace: 'people', retryPolicy: 5 }), '/sdks/web/retryPolicy'],
  [withBinding({ namespace: 'people', retryPolicy: { jitter: '1' } }), '/sdks/web/retryPolicy/jitter'],
  [withBinding({ namespace: 'people', retryPolicy: { jitter: -1 } }), '/sdks/web/retryPolicy/jitter'],
  [withBinding({ namespace: 'people', retryPolicy: { maxDelay: 1 } }), '/sdks/web/retryPolicy/maxDelay'],
  [withBinding({ namespace: 'people', retryPolicy: { toString: 1 } }), '/sdks/web/retryPolicy/toString'],
])('%j has a problem at %s', (document, pointer) => {
  expect(readSdkBindings(document).problems.map((problem) => problem.pointer)).toContain(pointer);
});

test('bindings say whose their keys are; what a registry holds of an earlier release is understood', () => {
  const keyOf = (binding: JsonObject) =>
    readSdkBindings(withBinding({ namespace: 'people', ...binding })).bindings.get('web')?.key;
  expect([keyOf({ key: 'public' }), keyOf({ key: 'secret' })]).toEqual(['public', 'secret']);
  expect([keyOf({}), keyOf({ secretKey: true }), keyOf({ secretKey: false })]).toEqual(['public', 'secret', 'public']);
  expect(keyOf({ key: 'public', secretKey: true })).toBe('public');
});
