import { expect, test } from 'vitest';
import { checkOwners, isContact, ownerFindings } from '../../../shared/schema-language/owner.ts';

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

test.each([
  [{ $schema: 'x', 'team-a': 'mailto:a@example.com', 'team-b': 'Ask at the desk.' }, []],
  [{ 'team-a': '' }, ['error owners /team-a', 'warning owners ']],
  [{ 'team/a': 7, 'team-a': 'x', 'team-b': 'y' }, ['error owners /team~1a']],
  [{}, ['warning owners ', 'warning owners ']],
  [[], ['error owners ']],
  ['text', ['error owners ']],
])('owners.json of %j', (document, expected) => {
  const owners = ['team-b', 'team-a', 'team-a', 'a@example.com', 'https://example.com/a'];
  const found = checkOwners(document, owners);
  expect(found.map(({ severity, rule, pointer }) => `${severity} ${rule} ${pointer}`)).toEqual(expected);
});
