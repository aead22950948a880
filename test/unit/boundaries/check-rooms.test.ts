import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkRooms, tableFindings } from './check-rooms.ts';
import { madeUpTree, noExceptions } from './made-up-tree.ts';

/** The findings of one file that imports all of these, a line each, by line; a relative import finds its file. */
function findingsOf(path: string, specifiers: readonly string[]): ReadonlyMap<string, string[]> {
  const relative = specifiers.filter((specifier) => specifier.startsWith('.'));
  const targets = relative.map((specifier) => [posix.join(posix.dirname(path), specifier), 'export const used = 1;\n']);
  const text = specifiers.map((specifier, at) => `export { used as used${at} } from '${specifier}';\n`).join('');
  const findings = checkRooms(madeUpTree({ ...Object.fromEntries(targets), [path]: text }), noExceptions);
  return new Map(
    specifiers.map((specifier, at) => [
      specifier,
      findings.filter(({ place }) => place === `${path}:${at + 1}`).map(({ rule, message }) => `${rule}: ${message}`),
    ]),
  );
}

const cloud = ['@google-cloud/firestore', '@google-cloud/pubsub', '@google-cloud/functions-framework/testing'];
const cdktf = ['cdktf', 'cdktf/lib/app.js', '@cdktf/provider-google', '@cdktf/provider-google/lib/x.js', 'constructs'];
const embedded = ['node:sqlite', '@duckdb/node-api'];
const frameworkOnly = ['@google-cloud/firestore', '@google-cloud/pubsub'];

interface Refusals {
  readonly files: readonly string[];
  readonly packages: readonly string[];
  /** Paths of files from the root. */
  readonly paths: readonly string[];
}

const infraFile = 'infra/naming.ts';
const otherFunction = 'functions/ingest/stage.ts';
const someAdapter = 'shared/adapters/embedded/pubsub.ts';
const anyAdapters = [someAdapter, 'shared/adapters/gcp/x1.ts', 'shared/adapters/system-clock.ts'];
const sharedFolders = [
  'batch',
  'crypto',
  'event',
  'event-types',
  'http',
  'needs',
  'observe',
  'outcome',
  'ports',
  'publication',
  'quarantine',
  'schema-language',
  'schema-language/compat',
  'write-keys',
];

const refused: readonly Refusals[] = [
  {
    files: sharedFolders.map((folder) => `shared/${folder}/x.ts`),
    packages: [...cloud, ...cdktf, ...embedded],
    paths: [infraFile, 'infra/stacks/app.ts', otherFunction, 'functions/index.ts', ...anyAdapters],
  },
  {
    files: ['shared/adapters/memory/x.ts', 'shared/adapters/x.ts'],
    packages: [...cloud, ...cdktf, ...embedded],
    paths: [infraFile, otherFunction],
  },
  {
    files: ['shared/adapters/embedded/x.ts', 'shared/adapters/embedded/duckdb/x.ts'],
    packages: [...cloud, ...cdktf],
    paths: [infraFile, otherFunction],
  },
  {
    files: ['shared/adapters/gcp/x.ts'],
    packages: [...cdktf, ...embedded],
    paths: [infraFile, otherFunction],
  },
  {
    files: ['functions/dedup/x.ts', 'functions/publish-schema/x.ts', 'functions/brand-new/x.ts'],
    packages: [...cloud, ...cdktf, ...embedded],
    paths: [infraFile, otherFunction, 'functions/pseudonymize/row.ts', ...anyAdapters],
  },
  {
    files: ['functions/dedup/main.ts', 'functions/publish-schema/main.ts', 'functions/brand-new/main.ts'],
    packages: [...frameworkOnly, ...cdktf, ...embedded],
    paths: [infraFile, otherFunction, 'functions/ingest/needs.ts', someAdapter],
  },
  {
    files: ['functions/dedup/needs.ts', 'functions/index.ts'],
    packages: [...cloud, ...cdktf, ...embedded, 'ajv'],
    paths: [infraFile, 'functions/dedup/stage.ts', 'shared/event-types/x1.ts', 'shared/ports/clock.ts', someAdapter],
  },
  {
    files: [
      'infra/x.ts',
      'infra/bundle/x.ts',
      'infra/catalog/x.ts',
      'infra/checks/x.ts',
      'infra/cli/x.ts',
      'infra/cli/schema/x.ts',
      'infra/cost/x.ts',
      'infra/environments/x.ts',
      'infra/local/x.ts',
      'infra/local/emulators/x.ts',
    ],
    packages: [...cloud, '@google-cloud/bigquery', ...cdktf, ...embedded],
    paths: ['infra/stacks/app.ts', 'infra/constructs/policy.ts', 'test/helpers/infra.ts'],
  },
  {
    files: ['infra/terraform/x.ts'],
    packages: [...cloud, '@google-cloud/bigquery', ...cdktf, ...embedded],
    paths: ['infra/constructs/policy.ts', 'test/helpers/infra.ts'],
  },
  {
    files: ['infra/main.ts', 'infra/stacks/x.ts', 'infra/constructs/x.ts'],
    packages: [...cloud, ...embedded],
    paths: [otherFunction, 'infra/local/storage.ts', 'infra/cli/program.ts', 'test/helpers/infra.ts'],
  },
  {
    files: ['functions/ingest/x.ts', 'functions/dedup/x.ts', 'functions/pseudonymize/x.ts', 'shared/event-types/x.ts'],
    packages: [],
    paths: ['shared/schema-language/acceptance.ts'],
  },
];

const refusedImports = refused.flatMap(({ files, packages, paths }) =>
  files.map((file): [string, string[]] => [file, [...packages, ...paths.map((path) => relativeTo(file, path))]]),
);

function relativeTo(file: string, path: string): string {
  const relative = posix.relative(posix.dirname(file), path);
  return relative.startsWith('.') ? relative : `./${relative}`;
}

const allowed: readonly (readonly [path: string, specifier: string])[] = [
  ['shared/adapters/gcp/x.ts', '@google-cloud/firestore'],
  ['shared/adapters/gcp/x.ts', '@google-cloud/firestore-api/client_v1'],
  ['shared/adapters/embedded/x.ts', 'node:sqlite'],
  ['shared/adapters/embedded/duckdb/x.ts', '@duckdb/node-api'],
  ['shared/batch/x.ts', 'node:crypto'],
  ['shared/batch/x.ts', 'fs/promises'],
  ['functions/index.ts', './brand-new/needs.ts'],
  ['functions/brand-new/x.ts', '../../shared/ports/clock.ts'],
  ['functions/brand-new/x.ts', './deeper/stage.ts'],
  ['functions/brand-new/x.ts', './needs.ts'],
  ['functions/brand-new/main.ts', './function.ts'],
  ['functions/brand-new/main.ts', '../../shared/adapters/gcp/runtime.ts'],
  ['functions/brand-new/main.ts', '@google-cloud/functions-framework'],
  ['functions/publish-schema/x.ts', '../../shared/schema-language/acceptance.ts'],
  ['functions/publish-schema/x.ts', '../../shared/event-types/event-types.ts'],
  ['functions/publish-schema/main.ts', './function.ts'],
  ['infra/local/x.ts', '../../functions/dedup/function.ts'],
  ['infra/local/function-servers.ts', '@google-cloud/functions-framework'],
  ['infra/local/emulators/function-process.ts', '@google-cloud/functions-framework/testing'],
  ['infra/main.ts', 'cdktf'],
  ['infra/stacks/x.ts', '@cdktf/provider-google/lib/pubsub-topic/index.js'],
  ['infra/constructs/x.ts', 'constructs'],
  ['shared/schema-language/lint/x.ts', '../../../schemas/meta/event-schema.json'],
  ['test/unit/x.ts', 'cdktf'],
  ['test/unit/x.ts', '../../functions/ingest/stage.ts'],
];

describe('the table of rooms', () => {
  test.each(refusedImports)('%s may not import %s', (file, specifiers) => {
    for (const [specifier, findings] of findingsOf(file, specifiers)) {
      const rule = specifier.startsWith('.') ? /^rooms: / : /^packages: /;
      expect(findings, specifier).toEqual([expect.stringMatching(rule)]);
    }
  });

  test.each(allowed)('%s may import %s', (path, specifier) => {
    expect(findingsOf(path, [specifier]).get(specifier)).toEqual([]);
  });

  test.each(['shared/attic/x.ts', 'infra/attic/x.ts', 'shared/adapters/attic/x.ts', 'functions/x.ts'])(
    'a folder without a line is told: %s',
    (path) => {
      expect(checkRooms(madeUpTree({ [path]: 'export const x = 1;\n' }), noExceptions)).toEqual([
        expect.objectContaining({ rule: 'rooms', place: path, message: 'it belongs to no room' }),
      ]);
      expect(
        findingsOf('shared/event/x.ts', [relativeTo('shared/event/x.ts', path)])
          .values()
          .next().value,
      ).toEqual([`rooms: it imports ${path}, which belongs to no room`]);
    },
  );

  test('a line that names no room is told', () => {
    const holds = 'made up';
    const rows = [
      { room: 'functions/<name>', holds, imports: ['shared/event', 'shared/evnt'] },
      { room: 'shared/event', holds, imports: ['functions/*'], neverReaches: ['shared/attic'] },
    ];
    expect(tableFindings(rows).map(({ message }) => message)).toEqual([
      'the room functions/<name> names shared/evnt, which is no room',
      'the room shared/event names shared/attic, which is no room',
    ]);
  });

  test('every finding says where, and what to do', () => {
    const tree = madeUpTree({
      'functions/ingest/stage.ts': 'export const stage = 1;\n',
      'functions/dedup/stage.ts':
        "// a stage\nimport { stage } from '../ingest/stage.ts';\n\nexport const s = stage;\n",
    });
    expect(checkRooms(tree, noExceptions)).toEqual([
      {
        rule: 'rooms',
        place: 'functions/dedup/stage.ts:2',
        message:
          'functions/dedup (a stage over ports; what two functions need lives in shared/) imports functions/ingest/stage.ts of functions/ingest',
        fix: 'move what two functions need to shared/',
      },
    ]);
  });
});

describe('what an import can be spelled like', () => {
  test.each([
    "import type { T } from '../ingest/stage.ts';\nexport type U = T;",
    "export type { T } from '../ingest/stage.ts';",
    "export * from '../ingest/stage.ts';",
    "import '../ingest/stage.ts';",
    "export const load = () => import('../ingest/stage.ts');",
    "export type T = import('../ingest/stage.ts').T;",
    "export * from '../dedup/../ingest/stage.ts';",
    "export * from '../../shared/../functions/ingest/stage.ts';",
    "export * from '../ingest/stage.ts?raw';",
  ])('%s is an import of it', (text) => {
    const tree = madeUpTree({
      'functions/ingest/stage.ts': 'export type T = 1;\n',
      'functions/dedup/x.ts': `${text}\n`,
    });
    expect(checkRooms(tree, noExceptions)).toEqual([expect.objectContaining({ rule: 'rooms' })]);
  });

  test.each([
    ["export * from '../ingest/stage.js';", 'there is no functions/ingest/stage.js'],
    ["export * from '../ingest/%73tage.ts';", 'there is no functions/ingest/%73tage.ts'],
    ["import { createRequire } from 'node:module';", 'this loads by a name that cannot be read here'],
    ['export const load = (name: string) => import(name);', 'this loads by a name that cannot be read here'],
    ["export const sqlite = process.getBuiltinModule('node:sqlite');", 'this loads by a name that cannot be read here'],
    ["export * from '/functions/ingest/stage.ts';", 'there is no functions/dedup/functions/ingest/stage.ts'],
    ["export * from 'file:///ingest/stage.ts';", expect.stringMatching(/imports file:$/)],
    ["export * from '#ingest';", expect.stringMatching(/imports #ingest$/)],
  ])('%s leads nowhere that can be checked', (text, message) => {
    const tree = madeUpTree({
      'functions/ingest/stage.ts': 'export type T = 1;\n',
      'functions/dedup/x.ts': `${text}\n`,
    });
    expect(checkRooms(tree, noExceptions).map((finding) => finding.message)).toEqual([message]);
  });

  test('what loads by name is listed, or told; and so is a listing that is needless', () => {
    const file = 'infra/cli/x.ts';
    const loadsByName = [{ file, because: 'of this test' }];
    const loading = madeUpTree({ [file]: "import { createRequire } from 'node:module';\n" });
    const plain = madeUpTree({ [file]: 'export const x = 1;\n' });
    expect(checkRooms(loading, { loadsByName })).toEqual([]);
    expect(checkRooms(plain, { loadsByName })).toEqual([expect.objectContaining({ rule: 'rooms', place: file })]);
  });
});

describe('what must never be reached', () => {
  test('is not reached over other rooms either, and the chain is told', () => {
    const tree = madeUpTree({
      'functions/dedup/stage.ts': "export * from '../../shared/batch/a.ts';\n",
      'shared/batch/a.ts': "export type { B } from './b.ts';\n",
      'shared/batch/b.ts': "export type { C as B } from '../schema-language/c.ts';\n",
      'shared/schema-language/c.ts': 'export type C = 1;\n',
    });
    const chain = 'functions/dedup/stage.ts -> shared/batch/a.ts -> shared/batch/b.ts -> shared/schema-language/c.ts';
    const findings = checkRooms(tree, noExceptions);
    expect(findings.map(({ rule, place }) => `${rule} ${place}`)).toEqual([
      'rooms shared/batch/b.ts:1',
      'reach functions/dedup/stage.ts',
    ]);
    expect(findings[1]?.message).toBe(`functions/dedup reaches shared/schema-language: ${chain}`);
  });

  test('publish-schema may reach it', () => {
    const tree = madeUpTree({
      'functions/publish-schema/main.ts': "export * from './function.ts';\n",
      'functions/publish-schema/function.ts': "export * from '../../shared/schema-language/c.ts';\n",
      'shared/schema-language/c.ts': 'export type C = 1;\n',
    });
    expect(checkRooms(tree, noExceptions)).toEqual([]);
  });
});
