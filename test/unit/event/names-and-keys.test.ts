import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { importHashKey } from '../../../shared/crypto/keyed-hash.ts';
import { parseEventTypeName } from '../../../shared/event/event-type-name.ts';
import { newUuidV7, uuidV7Millis } from '../../../shared/event/uuid.ts';
import { eventKey } from '../../helpers/event-key.ts';

describe('parseEventTypeName', () => {
  test('reads domain, event and major version', () => {
    expect(parseEventTypeName('github.pull-request.v12')).toEqual({
      domain: 'github',
      event: 'pull-request',
      major: 12,
    });
  });

  test.each([
    'github.star',
    'github.star.v0',
    'github.star.v01',
    'github.star.v10000',
    'github.star.1',
    'GitHub.star.v1',
    'github.pull_request.v1',
    'github.-star.v1',
    'github.star-.v1',
    'github.a--b.v1',
    '1github.star.v1',
    'a.b.c.v1',
    'github.star.v1\n',
    `${'a'.repeat(120)}.event.v1`,
    '',
  ])('refuses %j', (text) => {
    expect(parseEventTypeName(text)).toBeUndefined();
  });
});

describe('UUIDv7', () => {
  test('carries the time of the clock and the marks of RFC 9562', () => {
    const maxMillis = 2 ** 48 - 1;
    fc.assert(
      fc.property(fc.nat({ max: maxMillis }), fc.nat(), (millis, seed) => {
        const uuid = newUuidV7(createManualClock(millis), createSeededRandom(seed));
        expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(uuidV7Millis(uuid)).toBe(millis);
      }),
    );
  });

  test('differs within a millisecond and sorts by time', () => {
    const clock = createManualClock();
    const random = createSeededRandom(1);
    const [first, second] = [newUuidV7(clock, random), newUuidV7(clock, random)];
    clock.advance(1);
    const third = newUuidV7(clock, random);
    expect(first).not.toBe(second);
    expect([third, first].sort()).toEqual([first, third]);
  });

  test.each([
    '0190c1f0-0000-4000-8000-000000000000',
    '0190c1f0-0000-7000-c000-000000000000',
    '0190C1F0-0000-7000-8000-000000000000',
    'seal',
    '',
  ])('%j is none', (text) => {
    expect(uuidV7Millis(text)).toBeUndefined();
  });
});

describe('eventKey', () => {
  const key = importHashKey(Buffer.alloc(32, 1));
  const identity = fc.record({ source: fc.string(), id: fc.string(), timeMicros: fc.integer() });

  test('is equal exactly for equal identities', () => {
    fc.assert(
      fc.property(identity, identity, (a, b) => {
        const same = a.source === b.source && a.id === b.id && a.timeMicros === b.timeMicros;
        expect(eventKey(key, 'n', a)).toBe(eventKey(key, 'n', { ...a }));
        expect(eventKey(key, 'n', a) === eventKey(key, 'n', b)).toBe(same);
      }),
    );
    expect(eventKey(key, 'n', { source: 'ab', id: 'c', timeMicros: 1 })).not.toBe(
      eventKey(key, 'n', { source: 'a', id: 'bc', timeMicros: 1 }),
    );
  });

  test('differs where the namespace or a single part of the identity does', () => {
    const event = { source: 's', id: 'i', timeMicros: 1 };
    const others = [
      eventKey(key, 'm', event),
      eventKey(key, 'n', { ...event, source: 't' }),
      eventKey(key, 'n', { ...event, id: 'j' }),
      eventKey(key, 'n', { ...event, timeMicros: 2 }),
    ];
    expect(new Set([eventKey(key, 'n', event), ...others]).size).toBe(5);
  });

  test('is 128 bits in base64url that depend on the key', () => {
    const event = { source: 's', id: 'i', timeMicros: 1 };
    expect(eventKey(key, 'n', event)).toMatch(/^[\w-]{22}$/);
    expect(eventKey(importHashKey(Buffer.alloc(32, 2)), 'n', event)).not.toBe(eventKey(key, 'n', event));
  });
});
