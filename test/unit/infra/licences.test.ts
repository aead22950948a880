import { expect, test } from 'vitest';
import { deployedPackages, refusedPackages } from '../../../infra/checks/licences.ts';
import type { JsonObject } from '../../../shared/event/json.ts';

const lock: JsonObject = {
  packages: {
    '': { name: 'edi' },
    'node_modules/bundled': { version: '1.0.0', license: 'MIT', dependencies: { unused: '1' } },
    'node_modules/unused': { version: '1.0.0', license: 'GPL-3.0' },
    'node_modules/@scope/framework': {
      version: '2.0.0',
      license: 'Apache-2.0',
      dependencies: { nested: '1', flat: '1' },
    },
    'node_modules/@scope/framework/node_modules/nested': { version: '3.0.0', dependencies: { flat: '1' } },
    'node_modules/nested': { version: '1.0.0', license: 'MIT' },
    'node_modules/flat': { version: '4.0.0', license: 'GPL-2.0-only', dependencies: { '@scope/framework': '2' } },
    'node_modules/test-tool': { version: '1.0.0', license: 'UNLICENSED', dev: true },
  },
};
const deployed = {
  sources: ['functions/ingest/main.ts', 'node_modules/bundled/lib/index.js', 'node_modules/bundled/lib/other.js'],
  installed: ['@scope/framework'],
};

test('20: what is deployed is what bundles hold something of, and what is installed with all that it needs', () => {
  expect(deployedPackages(lock, deployed)).toEqual([
    { name: '@scope/framework', version: '2.0.0', licence: 'Apache-2.0' },
    { name: 'bundled', version: '1.0.0', licence: 'MIT' },
    { name: 'flat', version: '4.0.0', licence: 'GPL-2.0-only' },
    { name: 'nested', version: '3.0.0' },
  ]);
  expect(() => deployedPackages(lock, { ...deployed, installed: ['gone'] })).toThrow('no node_modules/gone');
});

test('20: a licence that is not on the list, or that is not told, is refused', () => {
  expect(refusedPackages(deployedPackages(lock, deployed)).map(({ name }) => name)).toEqual(['flat', 'nested']);
});

test.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0)', true],
  ['GPL-3.0 OR AGPL-3.0', false],
  ['MIT AND ISC', true],
  ['MIT AND GPL-3.0', false],
  ['(MIT OR ISC) AND GPL-3.0', false],
  ['SEE LICENSE IN LICENSE', false],
  ['mit', false],
  ['', false],
])('20: %s is allowed: %s', (licence, allowed) => {
  expect(refusedPackages([{ name: 'a', version: '1.0.0', licence }])).toHaveLength(allowed ? 0 : 1);
});
