import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { goodFolder } from './schema-folder.ts';

test('a file that was written by hand is as lint wants it, once; others are left alone', async () => {
  const folder = await goodFolder();
  const file = join(folder.path, 'shop/order.v1.json');
  const content = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, `${JSON.stringify(content)}   `);
  const check = await folder.edi('format', '--check', file);
  expect([check.exitCode, check.out]).toEqual([1, expect.stringContaining(`not formatted ${file}`)]);
  expect(await folder.edi('format', file)).toMatchObject({ exitCode: 0, out: expect.stringContaining('1 changed') });
  expect(readFileSync(file, 'utf8')).toMatch(/^\{\n {2}"/);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(content);
  expect(await folder.edi('format', '--check', file)).toMatchObject({ exitCode: 0 });
});

test('all files of a folder are formatted, also what `new` has written', async () => {
  const folder = await goodFolder();
  await folder.edi(
    'new',
    'shop.visit',
    ...['--owner', 'team-shop', '--description', 'x', '--subject', 'shopper', '--sdks', 'web'],
  );
  await folder.edi('format');
  expect(await folder.edi('format', '--check')).toMatchObject({ exitCode: 0 });
});

test('what is no JSON is said with its place, and nothing is written', async () => {
  const folder = await goodFolder();
  const file = join(folder.path, 'shop/bad.v1.json');
  writeFileSync(file, '{"a":');
  const { exitCode, err } = await folder.edi('format');
  expect([exitCode, err]).toEqual([1, expect.stringMatching(/bad\.v1\.json:\d+:\d+: .*JSON/)]);
});
