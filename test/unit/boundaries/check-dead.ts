import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { isJsonObject } from '../../../shared/event/json.ts';
import type { Exceptions } from './exceptions.ts';
import type { Finding } from './finding.ts';
import type { SourceTree } from './source-tree.ts';

const knip = resolve(import.meta.dirname, '..', '..', '..', 'node_modules', 'knip', 'bin', 'knip.js');
const list = 'exceptions.ts';

/** Adapters that only tests run on, so they are no users of what the product exports. */
const testAdapters = 'shared/adapters/memory/**';

/**
 * Files that nobody imports, exports that nobody or only a test uses, packages that nobody imports: knip looks at the
 * whole, and at the product without its tests; what only the second look misses is there for tests.
 */
export async function checkDead(root: string, tree: SourceTree, exceptions: Exceptions): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'edi-knip-'));
  try {
    const config = knipConfig(exceptions);
    // Tests may name the types of what they call: a type that its own file uses is no code for tests.
    const productConfig = { ...config, ignoreExportsUsedInFile: { interface: true, type: true } };
    const [wholeFile, productFile] = [join(folder, 'whole.json'), join(folder, 'product.json')];
    writeFileSync(wholeFile, JSON.stringify(config));
    writeFileSync(productFile, JSON.stringify(productConfig));
    const [all, product] = await Promise.all([runKnip(root, wholeFile), runKnip(root, productFile, '--production')]);
    return [
      ...deadFindings(all),
      ...testOnlyFindings(without(product, all), exceptions),
      ...packageFindings(all, product, exceptions),
      ...staleEntryPoints(root, tree, exceptions),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** npm's workspaces, whose files knip looks at with paths from there. */
const workspaces = ['shared/client'];

/** A `!` marks what belongs to the product. */
function knipConfig({ entryPoints }: Exceptions): JsonObject {
  const entries = entryPoints.map(({ files, isTest }) => (isTest ? files : `${files}!`));
  const isWithin = (folder: string) => (entry: string) => entry.startsWith(`${folder}/`);
  const inner = workspaces.map((folder): [string, JsonObject] => {
    const entry = entries.filter(isWithin(folder)).map((path) => path.slice(folder.length + 1));
    return [folder, { entry, project: ['**/*.ts!'] }];
  });
  const entry = entries.filter((path) => !workspaces.some((folder) => isWithin(folder)(path)));
  return { workspaces: { '.': { entry, project }, ...Object.fromEntries(inner) } };
}

const project = [
  '{functions,infra,shared}/**/*.{ts,mts,cts,js,mjs,cjs}!',
  `!${testAdapters}!`,
  'test/**/*.{ts,mts,js}',
];

interface Unused {
  readonly files: readonly string[];
  /** As `path name`. */
  readonly exports: readonly string[];
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
  /** Imported and in no package.json. */
  readonly unlisted: readonly string[];
}

const knipIssues = 'files,dependencies,unlisted,exports,nsExports,types,nsTypes,enumMembers';

async function runKnip(root: string, config: string, ...mode: readonly string[]): Promise<Unused> {
  const options = ['--config', config, '--include', knipIssues, '--reporter', 'json', '--no-progress'];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [knip, ...options, '--no-exit-code', '--no-config-hints', ...mode],
    { cwd: root, maxBuffer: 64 * 1024 * 1024 },
  );
  const report: JsonValue = JSON.parse(stdout);
  const issues = isJsonObject(report) && Array.isArray(report['issues']) ? report['issues'].filter(isJsonObject) : [];
  const named = (...kinds: readonly string[]) =>
    issues.flatMap((issue) =>
      kinds.flatMap((kind) => namesIn(issue[kind]).map((name) => [String(issue['file']), name])),
    );
  return {
    files: issues.filter(({ files }) => namesIn(files).length > 0).map(({ file }) => String(file)),
    exports: named('exports', 'nsExports', 'types', 'nsTypes', 'enumMembers').map((entry) => entry.join(' ')),
    dependencies: named('dependencies').map(([, name = '']) => name),
    devDependencies: named('devDependencies').map(([, name = '']) => name),
    unlisted: named('unlisted').map((entry) => entry.join(' ')),
  };
}

/** Names of a list of issues; of a list of lists too, as enum members come. */
function namesIn(value: JsonValue | undefined): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((issue) => (isJsonObject(issue) ? [String(issue['name'])] : namesIn(issue)));
}

function without(product: Unused, all: Unused): Pick<Unused, 'files' | 'exports'> {
  return {
    files: product.files.filter((file) => !all.files.includes(file)),
    exports: product.exports.filter((entry) => !all.exports.includes(entry)),
  };
}

function deadFindings({ files, exports }: Unused): Finding[] {
  return [
    ...files.map((file) => ({
      rule: 'dead files',
      place: file,
      message: 'nobody imports it',
      fix: `delete it, or say in ${list} (entryPoints) what starts it`,
    })),
    ...exports.map((entry) => {
      const [place = '', name] = entry.split(' ');
      const message = `nobody imports ${name}`;
      return { rule: 'dead exports', place, message, fix: 'take its "export" away, or delete it where it is unused' };
    }),
  ];
}

function testOnlyFindings(found: Pick<Unused, 'files' | 'exports'>, { testOnlyExports }: Exceptions): Finding[] {
  const listed = testOnlyExports.flatMap(({ file, names }) => names.map((name) => `${file} ${name}`));
  const fix = `delete it, test through what the product uses, or list it with a reason in ${list} (testOnlyExports)`;
  return [
    ...found.files.map((place) => ({
      rule: 'test-only',
      place,
      message: 'only tests import it',
      fix: 'move it to test/helpers, or delete it with its test',
    })),
    ...found.exports
      .filter((entry) => !listed.includes(entry))
      .map((entry) => {
        const [place = '', name] = entry.split(' ');
        return { rule: 'test-only', place, message: `only tests import ${name}`, fix };
      }),
    ...listed
      .filter((entry) => !found.exports.includes(entry))
      .map((entry) => {
        const [place = '', name] = entry.split(' ');
        const message = `${name} is listed as used by tests alone, and is not`;
        return { rule: 'test-only', place, message, fix: `take it out of ${list} (testOnlyExports)` };
      }),
  ];
}

function packageFindings(all: Unused, product: Unused, { unusedPackages }: Exceptions): Finding[] {
  const listed = unusedPackages.map(({ name }) => name);
  const unused = [...all.dependencies, ...all.devDependencies];
  const at = (message: string, fix: string) => ({ rule: 'packages', place: 'package.json', message, fix });
  return [
    ...unused
      .filter((name) => !listed.includes(name))
      .map((name) => at(`nobody imports ${name}`, `npm uninstall ${name}, or list it in ${list} (unusedPackages)`)),
    ...product.dependencies
      .filter((name) => !unused.includes(name))
      .map((name) => at(`only tests import ${name}`, 'move it to devDependencies')),
    ...all.unlisted.map((entry) => {
      const [place = '', name] = entry.split(' ');
      const fix = `npm install --save-exact ${name}, or do without`;
      return { rule: 'packages', place, message: `it imports ${name}, which is not in package.json`, fix };
    }),
    ...listed
      .filter((name) => !unused.includes(name))
      .map((name) =>
        at(`${name} is listed as imported by nobody, and is not`, `take it out of ${list} (unusedPackages)`),
      ),
  ];
}

/** An entry point that is imported, or that is not there, hides nothing and can go. */
function staleEntryPoints(root: string, tree: SourceTree, { entryPoints }: Exceptions): Finding[] {
  const imported = new Set(
    [...tree.values()].flatMap(({ path, imports }) =>
      path.startsWith('test/') ? [] : imports.flatMap(({ target }) => (target.kind === 'file' ? [target.path] : [])),
    ),
  );
  return entryPoints.flatMap(({ files, isTest }) => {
    const matches = globSync(files, { cwd: root });
    const fix = `take it out of ${list} (entryPoints)`;
    if (matches.length === 0)
      return [{ rule: 'dead files', place: files, message: 'this entry point is no file', fix }];
    const needless = isTest ? [] : matches.filter((file) => imported.has(file));
    return needless.map((place) => ({ rule: 'dead files', place, message: 'this entry point is imported', fix }));
  });
}
