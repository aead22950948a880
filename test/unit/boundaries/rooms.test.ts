import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkCircles } from './check-circles.ts';
import { checkDead } from './check-dead.ts';
import { checkProjects } from './check-projects.ts';
import { checkRooms } from './check-rooms.ts';
import { checkSizes } from './check-sizes.ts';
import { exceptions } from './exceptions.ts';
import { findingText } from './finding.ts';
import { readSourceTree } from './source-tree.ts';

const root = resolve(import.meta.dirname, '..', '..', '..');

describe('the rooms of the repository', () => {
  const tree = readSourceTree(root);

  test('every room imports what rooms.ts lets it import', () => {
    expect(checkRooms(tree, exceptions).map(findingText)).toEqual([]);
  });

  test('no files import each other in a circle', () => {
    expect(checkCircles(tree).map(findingText)).toEqual([]);
  });

  test('files stay below 300 lines', () => {
    expect(checkSizes(tree, exceptions).map(findingText)).toEqual([]);
  });

  test('each test is in the project that it belongs to', () => {
    expect(checkProjects(tree).map(findingText)).toEqual([]);
  });

  test('nothing is dead: files, exports, packages', async () => {
    expect((await checkDead(root, tree, exceptions)).map(findingText)).toEqual([]);
  });
});
