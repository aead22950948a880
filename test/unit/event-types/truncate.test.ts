import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { truncateValue } from '../../../shared/event-types/truncate.ts';
import { compileValidator } from '../../../shared/event-types/validator.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const network = { do: 'truncate', to: 'network' } as const;
const toDay = { do: 'truncate', to: 'day' } as const;

describe('network', () => {
  test.each([
    ['203.0.113.77', '203.0.113.0'],
    ['0.0.0.0', '0.0.0.0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
    ['2001:DB8::1', '2001:db8:0::'],
    ['::', '0:0:0::'],
    ['::1', '0:0:0::'],
    ['1::', '1:0:0::'],
    ['1:2:3:4:5:6:7::', '1:2:3::'],
    ['fe80::1%eth0', 'fe80:0:0::'],
    ['64:ff9b::203.0.113.77', '64:ff9b:0::'],
    ['::ffff:203.0.113.77', '::ffff:203.0.113.0'],
    ['::ffff:cb00:714d', '::ffff:203.0.113.0'],
  ])('%s becomes %s', (address, expected) => {
    expect(truncateValue(network, address)).toBe(expected);
  });

  test('of any IPv4 address is its /24', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(truncateValue(network, address)).toBe(address.replace(/\d+$/, '0'));
      }),
    );
  });

  test('of any IPv6 address is an address that keeps nothing of its lower 80 bits', () => {
    const group = fc.nat({ max: 0xffff });
    fc.assert(
      fc.property(
        fc.array(group, { minLength: 8, maxLength: 8 }),
        fc.array(group, { minLength: 5, maxLength: 5 }),
        (a, other) => {
          fc.pre(a[0] !== 0);
          const spell = (groups: number[]) => groups.map((one) => one.toString(16)).join(':');
          const truncated = truncateValue(network, spell(a));
          expect(isIPv6(String(truncated))).toBe(true);
          expect(truncateValue(network, spell([...a.slice(0, 3), ...other]))).toBe(truncated);
          expect(truncateValue(network, String(truncated))).toBe(truncated);
        },
      ),
    );
  });

  test('is found for every address that validation lets pass', () => {
    const either = {
      anyOf: [
        { type: 'string', format: 'ipv4' },
        { type: 'string', format: 'ipv6' },
      ],
    };
    const validate = compileValidator(schemaDocument({ properties: { a: either } }));
    const digits = fc.string({
      unit: fc.constantFrom('0', '1', '25', '01', 'f', ':', '::', '.', '%', 'x'),
      maxLength: 12,
    });
    const dotted = fc.array(fc.constantFrom('0', '1', '01', '001', '255', '256'), { minLength: 4, maxLength: 4 });
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.ipV4Extended(),
      digits,
      dotted.map((parts) => parts.join('.')),
    );
    fc.assert(
      fc.property(address, (text) => {
        // Of an address with a zone, which validation refuses, the network is found too.
        const plain = text.includes(':') ? text.replace(/%[^%]+$/, '') : text;
        const fits = validate({ a: plain }) === undefined;
        expect(truncateValue(network, text) !== undefined).toBe(fits);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('day', () => {
  test.each([
    ['2026-05-06T23:59:59.999Z', '2026-05-06T00:00:00.000000Z'],
    ['2026-05-06T00:00:00Z', '2026-05-06T00:00:00.000000Z'],
    ['2026-05-06T01:00:00+02:00', '2026-05-05T00:00:00.000000Z'],
    ['1969-12-31T12:00:00Z', '1969-12-31T00:00:00.000000Z'],
    ['0001-01-01T12:00:00Z', '0001-01-01T00:00:00.000000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000000Z'],
  ])('%s becomes %s', (text, expected) => {
    expect(truncateValue(toDay, text)).toBe(expected);
  });
});

describe('hour', () => {
  test.each([
    ['2026-05-06T23:59:59.999Z', '2026-05-06T23:00:00.000000Z'],
    ['2026-05-06T23:00:00Z', '2026-05-06T23:00:00.000000Z'],
    ['2026-05-06T01:45:00+05:30', '2026-05-05T20:00:00.000000Z'],
    ['1969-12-31T23:30:00Z', '1969-12-31T23:00:00.000000Z'],
  ])('%s becomes %s', (text, expected) => {
    expect(truncateValue({ do: 'truncate', to: 'hour' }, text)).toBe(expected);
  });
});

describe('grid', () => {
  test.each([
    [59.3293, 0.1, 59.3],
    [59.36, 0.1, 59.4],
    [-0.04, 0.1, 0],
    [0.30000000000000004, 0.1, 0.3],
    [-18.0686, 0.5, -18],
    [7, 5, 5],
    [8, 5, 10],
    [1e308, 0.1, 1e308],
    [-1e308, 1e-9, -1e308],
  ])('%f on a grid of %f degrees is %f', (value, gridDegrees, expected) => {
    expect(truncateValue({ do: 'truncate', to: 'grid', gridDegrees }, value)).toBe(expected);
  });

  test('is at most half a step away, and the same again', () => {
    const steps = fc.constantFrom(0.01, 0.1, 0.25, 0.5, 1, 5);
    fc.assert(
      fc.property(fc.double({ min: -180, max: 180, noNaN: true }), steps, (value, gridDegrees) => {
        const treatment = { do: 'truncate', to: 'grid', gridDegrees } as const;
        const truncated = Number(truncateValue(treatment, value));
        expect(Math.abs(truncated - value)).toBeLessThanOrEqual(gridDegrees / 2 + 1e-9);
        expect(truncateValue(treatment, truncated)).toBe(truncated);
      }),
    );
  });
});

test('is nothing for values of another kind', () => {
  for (const value of [null, 5, 'home', [], {}, '1.2.3']) expect(truncateValue(network, value)).toBeUndefined();
  for (const value of [null, 5, '2026-05-06']) expect(truncateValue(toDay, value)).toBeUndefined();
  expect(truncateValue({ do: 'truncate', to: 'grid', gridDegrees: 1 }, '5')).toBeUndefined();
});
