import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..', '..', '..');
const biome = resolve(root, 'node_modules', '.bin', 'biome');

const refused: readonly (readonly [path: string, specifier: string])[] = [
  ['shared/batch/x.ts', '../../functions/ingest/stage.ts'],
  ['shared/batch/x.ts', '../../infra/naming.ts'],
  ['shared/batch/x.ts', '../adapters/system-clock.ts'],
  ['shared/batch/x.ts', '@google-cloud/firestore'],
  ['shared/batch/x.ts', 'node:sqlite'],
  ['shared/adapters/memory/x.ts', '@google-cloud/pubsub'],
  ['shared/adapters/gcp/x.ts', '@duckdb/node-api'],
  ['functions/dedup/x.ts', '../ingest/stage.ts'],
  ['functions/dedup/x.ts', '../../infra/naming.ts'],
  ['functions/dedup/x.ts', '../../shared/adapters/embedded/pubsub.ts'],
  ['functions/dedup/x.ts', '@google-cloud/functions-framework'],
  ['functions/dedup/main.ts', 'cdktf'],
  ['infra/local/x.ts', 'cdktf'],
  ['infra/local/x.ts', '@google-cloud/bigquery'],
];

const allowed: readonly (readonly [path: string, specifier: string])[] = [
  ['shared/adapters/gcp/x.ts', '@google-cloud/firestore'],
  ['shared/adapters/embedded/x.ts', 'node:sqlite'],
  ['functions/dedup/x.ts', '../../shared/ports/clock.ts'],
  ['functions/dedup/main.ts', '@google-cloud/functions-framework'],
  ['infra/local/x.ts', '../../functions/dedup/function.ts'],
  ['infra/stacks/x.ts', 'cdktf'],
];

/** Each import stands in a file of its own, beside where it would stand in the project. */
function fileOf(path: string, specifier: string): string {
  const name = specifier.replaceAll(/[^a-z]+/g, '-');
  return path.endsWith('/main.ts') ? path.replace('dedup', name) : path.replace('x.ts', `x-${name}.ts`);
}

describe('import boundaries are a lint rule', () => {
  let folder: string;
  let complaints: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'edi-boundaries-'));
    copyFileSync(join(root, '.biome.json'), join(folder, '.biome.json'));
    for (const [path, specifier] of [...refused, ...allowed]) {
      const file = join(folder, fileOf(path, specifier));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `import { used } from '${specifier}';\n\nexport const value = used;\n`);
    }
    const options = ['lint', '--only=style/noRestrictedImports', '--reporter=github', '--max-diagnostics=none', '.'];
    complaints = spawnSync(biome, options, { cwd: folder, encoding: 'utf8' }).stdout;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const linesOf = (path: string, specifier: string) =>
    complaints.split('\n').filter((line) => line.includes(`/${fileOf(path, specifier)},`));

  test.each(refused)('%s may not import %s', (path, specifier) => {
    expect(linesOf(path, specifier)).toHaveLength(1);
  });

  test.each(allowed)('%s may import %s', (path, specifier) => {
    expect(linesOf(path, specifier)).toHaveLength(0);
  });
});
