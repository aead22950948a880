import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ruleNames } from '../../../../shared/schema-language/lint/finding.ts';
import { ownFolder } from './schema-folder.ts';

const readme = readFileSync(new URL('../../../../schemas/README.md', import.meta.url), 'utf8');

test('the example of the README passes the check, but for its own examples', async () => {
  const folder = ownFolder();
  const [, example = ''] = /```json\n(\{\n {2}"\$schema".*?)```/s.exec(readme) ?? [];
  folder.write({ 'playback/playlist-renamed.v1.json': example });
  const { out } = await folder.edi('check', '--json', `${folder.path}/playback/playlist-renamed.v1.json`);
  const rules = JSON.parse(out).findings.map(({ rule }: { rule: string }) => rule);
  expect(rules).toEqual(['example-missing', 'example-missing']);
});

test('the README names every rule, and no other', () => {
  const [, section = ''] = /### What the check looks at(.*?)### What a later/s.exec(readme) ?? [];
  const cells = [...section.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell = '']) => cell);
  const named = cells.flatMap((cell) => [...cell.matchAll(/`([a-z-]+)`/g)].map(([, rule]) => rule));
  expect(named.toSorted()).toEqual([...ruleNames].sort());
});
