import { expect, test } from 'vitest';
import { isContact, ownerFindings } from '../../../shared/schema-language/owner.ts';

test.each([
  'team-shop',
  'team_edi',
  'Platform',
  '#shop',
  '#shop-alerts',
  'shop@example.com',
  'https://example.com/teams/shop',
])('%s can be reached', (owner) => {
  expect(isContact(owner)).toBe(true);
  expect(ownerFindings(owner)).toEqual([]);
});

test.each(['the team', 'ask Ada Lovelace', 'a@b', '@', 'http://', 'https:///x', '-', '#', 'team-', 'x@y z.com', '???'])(
  '%j names nobody',
  (owner) => {
    expect(ownerFindings(owner)).toMatchObject([
      { pointer: '/edi/owner', rule: 'owner-unreachable', severity: 'error' },
    ]);
  },
);

test.each([undefined, 7, '', ' '])('%j is told by another rule', (owner) => {
  expect(ownerFindings(owner)).toEqual([]);
});
