import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { foreignReasons, redeliveryReasons, rejectReasons, retryReasons } from '../../../shared/outcome/outcome.ts';

test('the README has every reason in a table', () => {
  const text = readFileSync(new URL('../../../shared/outcome/README.md', import.meta.url), 'utf8');
  const firstCells = text.split('\n').flatMap((line) => line.match(/^\| ([^|]+) \|/)?.[1] ?? []);
  const told = firstCells.flatMap((cell) => cell.match(/(?<=`)[^`,]+(?=`)/g) ?? []);
  const reasons = [rejectReasons, foreignReasons, retryReasons, redeliveryReasons].flatMap((table) =>
    Object.keys(table),
  );
  expect(told).toEqual(expect.arrayContaining(reasons));
});
