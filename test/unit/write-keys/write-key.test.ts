import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { systemRandom } from '../../../shared/adapters/system-random.ts';
import { identifyWriteKey, newWriteKey } from '../../../shared/write-keys/write-key.ts';

test('a key names its environment, is different each time, and is identified by its hash', () => {
  const keys = Array.from({ length: 20 }, () => newWriteKey('prod-eu', systemRandom));
  expect(new Set(keys.map((key) => key.identity.keyId)).size).toBe(20);
  for (const { writeKey, identity } of keys) {
    expect(writeKey).toMatch(/^edi_prod-eu_[A-Za-z0-9_-]{43}$/);
    expect(identity.hash).toBe(createHash('sha256').update(writeKey).digest('hex'));
    expect(identity.keyId).toBe(identity.hash.slice(0, 16));
    expect(identifyWriteKey(writeKey)).toEqual(identity);
  }
});

test('what cannot be a key has no identity', () => {
  const { writeKey } = newWriteKey('prod', systemRandom);
  for (const text of [
    '',
    'local-dev-key',
    writeKey.slice(0, -1),
    `${writeKey}A`,
    ` ${writeKey}`,
    writeKey.toUpperCase(),
  ]) {
    expect(identifyWriteKey(text)).toBeUndefined();
  }
});

test.each(['', 'Prod', 'a_b', '1a', 'x'.repeat(31)])('refuses the environment %j', (environment) => {
  expect(() => newWriteKey(environment, systemRandom)).toThrow(RangeError);
});
