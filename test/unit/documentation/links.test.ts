import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { functionNames } from '../../../functions/index.ts';
import { projectFolder } from '../../helpers/local-process.ts';

const pages = globSync('{README.md,{functions,infra,schemas,shared,test}/**/*.md}', { cwd: projectFolder });
const textOf = (page: string) => readFileSync(join(projectFolder, page), 'utf8');

/** GitHub's anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

/** What is wrong with the relative links of a page. */
function badLinks(page: string): string[] {
  return [...textOf(page).matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]*))?\)/g)].flatMap(
    ([link, path = '', anchor]) => {
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(projectFolder, target))) return [`${link}: there is no ${target}`];
      if (anchor === undefined || anchorsOf(textOf(target)).includes(anchor)) return [];
      return [`${link}: ${target} has no such heading`];
    },
  );
}

/** Paths from the root that a page names in code and that are not there; what others wrote has paths of its own. */
function badPaths(page: string): string[] {
  const named = textOf(page).matchAll(/`((?:functions|infra|schemas|shared|test)\/[\w./-]+)`/g);
  return [...named].flatMap(([, path = '']) =>
    [join(projectFolder, path), join(projectFolder, dirname(page), path)].some((file) => existsSync(file))
      ? []
      : [path],
  );
}

describe.each(pages)('%s', (page) => {
  test('links lead to pages and headings that are there', () => {
    expect(badLinks(page)).toEqual([]);
  });

  test('files and folders that it names are there', () => {
    expect(badPaths(page)).toEqual([]);
  });
});

test('links are found, with a heading or without', () => {
  expect(pages).toContain(join('functions', 'README.md'));
  expect(anchorsOf('# A\n\n## What `x` is, and why\n')).toEqual(['a', 'what-x-is-and-why']);
});

test('every function has a page, and every folder of shared/ a line', () => {
  for (const name of functionNames) expect(pages).toContain(join('functions', name, 'README.md'));
  const folders = readdirSync(join(projectFolder, 'shared')).filter((name) =>
    statSync(join(projectFolder, 'shared', name)).isDirectory(),
  );
  const rows = [...textOf('shared/README.md').matchAll(/^\| \[?`?([a-z-]+)\//gm)].map(([, name]) => name);
  expect(rows).toEqual(expect.arrayContaining(folders));
});
