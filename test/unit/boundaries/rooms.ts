import type { Room } from './room.ts';

/**
 * Which room of the repository may import which, and which packages: the table that `rooms.test.ts` holds every import
 * to, type-only ones included.
 *
 * A file belongs to the first room of the table that its path fits. `<name>` stands for any folder, and makes a room of
 * each: no function sees another, and a new one needs no line here. In `imports`, `<name>` is the room's own and `*` any
 * folder. A room may always import itself, and Node's own modules but for those in `guardedModules`.
 * A new folder below shared/ or infra/ needs a line; the test says so.
 */

/** What the stages of the event path build on. */
const underStages = [
  'shared/batch',
  'shared/crypto',
  'shared/erasure',
  'shared/event',
  'shared/event-types',
  'shared/http',
  'shared/legacy',
  'shared/needs',
  'shared/observe',
  'shared/operations',
  'shared/outcome',
  'shared/ports',
  'shared/quarantine',
  'shared/sdks',
  'shared/subject-tokens',
  'shared/write-keys',
];

/** What the main.ts of a function may import beside its own folder. */
const underMain = ['shared/adapters/gcp'];

/** What adapters of every kind build on. */
const underAdapters = [
  'shared/adapters/*.ts',
  'shared/crypto',
  'shared/erasure',
  'shared/event',
  'shared/event-types',
  'shared/needs',
  'shared/observe',
  'shared/outcome',
  'shared/ports',
  'shared/publication',
  'shared/quarantine',
  'shared/sdks',
  'shared/write-keys',
];

const functionRooms: readonly Room[] = [
  {
    room: 'functions/index.ts',
    holds: 'the list of functions: what each needs, and nothing that runs',
    imports: ['functions/*/needs.ts'],
  },
  {
    room: 'functions/<name>/needs.ts',
    holds: 'what a function needs; infra and the compiler read it, so it loads nothing else',
    imports: ['shared/needs'],
  },
  {
    room: 'functions/publish-schema/main.ts',
    holds: 'as every main.ts',
    imports: ['functions/publish-schema', 'functions/publish-schema/needs.ts', ...underMain],
    packages: ['@google-cloud/functions-framework'],
  },
  {
    room: 'functions/<name>/main.ts',
    holds: 'registers a function on the Google Cloud ports',
    imports: ['functions/<name>', 'functions/<name>/needs.ts', ...underMain],
    packages: ['@google-cloud/functions-framework'],
    neverReaches: ['shared/schema-language'],
  },
  {
    room: 'functions/publish-schema',
    holds: 'the one function that judges schemas; it is off the event path',
    imports: ['functions/publish-schema/needs.ts', ...underStages, 'shared/publication', 'shared/schema-language'],
  },
  {
    room: 'functions/export-legacy',
    holds: 'a stage that hears of uploads',
    imports: ['functions/export-legacy/needs.ts', ...underStages, 'shared/publication'],
    neverReaches: ['shared/schema-language'],
  },
  {
    room: 'functions/<name>',
    holds: 'a stage over ports; what two functions need lives in shared/',
    imports: ['functions/<name>/needs.ts', ...underStages],
    neverReaches: ['shared/schema-language'],
  },
];

const sharedRooms: readonly Room[] = [
  {
    room: 'shared/adapters/gcp',
    holds: 'ports on Google Cloud: the one room of its client libraries',
    imports: [...underAdapters, 'shared/http'],
    packages: [
      '@google-cloud/bigquery',
      '@google-cloud/firestore',
      '@google-cloud/firestore-api',
      '@google-cloud/functions-framework',
      '@google-cloud/kms',
      '@google-cloud/pubsub',
      '@google-cloud/storage',
      'google-gax',
      'jose',
    ],
  },
  {
    room: 'shared/adapters/embedded',
    holds: 'ports in one process: SQLite, DuckDB, files',
    imports: underAdapters,
    packages: ['node:sqlite', '@duckdb/node-api'],
  },
  {
    room: 'shared/adapters/memory',
    holds: 'ports of unit tests: no storage, a clock that is set',
    imports: underAdapters,
  },
  {
    room: 'shared/adapters/*.ts',
    holds: 'what several adapters share: the system clock, documented limits',
    imports: ['shared/event', 'shared/ports'],
  },
  {
    room: 'shared/legacy',
    holds: 'records of legacy files as events: what a mapping says, and its reader',
    imports: ['shared/event', 'shared/event-types', 'shared/outcome'],
  },
  { room: 'shared/outcome', holds: 'typed outcomes and their reasons', imports: [] },
  {
    room: 'shared/event',
    holds: 'CloudEvents: envelope, names, keys, JSON text',
    imports: ['shared/crypto', 'shared/outcome', 'shared/ports'],
  },
  {
    room: 'shared/crypto',
    holds: "AES-SIV, Tink's formats, keyed hashes",
    imports: ['shared/ports'],
    packages: ['@noble/ciphers'],
  },
  {
    room: 'shared/erasure',
    holds: 'what ends a key, and whoever makes one has to know of it',
    imports: ['shared/crypto', 'shared/event', 'shared/event-types', 'shared/needs', 'shared/ports'],
  },
  {
    room: 'shared/batch',
    holds: 'sealed batches and their index',
    imports: ['shared/event', 'shared/outcome', 'shared/ports'],
  },
  {
    room: 'shared/ports',
    holds: 'interfaces of everything that is stored, sent or told',
    imports: ['shared/crypto', 'shared/event', 'shared/event-types', 'shared/outcome'],
  },
  {
    room: 'shared/needs',
    holds: 'the kinds of things that a function can need, and the ports that follow',
    imports: ['shared/observe', 'shared/ports'],
  },
  {
    room: 'shared/observe',
    holds: 'logs and counters',
    imports: ['shared/needs', 'shared/ports', 'shared/outcome'],
  },
  {
    room: 'shared/operations',
    holds: 'what operators are told of messages that fail and events that are lost',
    imports: [
      'shared/batch',
      'shared/event',
      'shared/event-types',
      'shared/http',
      'shared/needs',
      'shared/observe',
      'shared/outcome',
      'shared/ports',
      'shared/quarantine',
    ],
  },
  {
    room: 'shared/http',
    holds: 'what every HTTP and push function does alike',
    imports: ['shared/event', 'shared/http', 'shared/observe', 'shared/operations', 'shared/ports', 'shared/outcome'],
  },
  {
    room: 'shared/sdks',
    holds: '`schemas/sdks.json`: who may send and who may name whom, and how that may change',
    imports: ['shared/event'],
  },
  {
    room: 'shared/event-types',
    holds: 'what functions run of the schema language',
    imports: ['shared/crypto', 'shared/event', 'shared/observe', 'shared/outcome', 'shared/ports', 'shared/sdks'],
    packages: ['ajv', 'ajv-formats'],
    neverReaches: ['shared/schema-language'],
  },
  {
    room: 'shared/schema-language',
    holds: 'what judges schemas',
    imports: ['shared/event', 'shared/event-types', 'shared/sdks', 'shared/subject-tokens', 'schemas'],
    packages: ['ajv', 'ajv-formats', 'refa'],
  },
  {
    room: 'shared/publication',
    holds: 'what a publication of a schema is, for whoever publishes or stores it',
    imports: ['shared/event', 'shared/event-types', 'shared/ports'],
  },
  {
    room: 'shared/quarantine',
    holds: 'quarantine records, and their way back',
    imports: [
      'shared/batch',
      'shared/crypto',
      'shared/event',
      'shared/event-types',
      'shared/observe',
      'shared/outcome',
      'shared/ports',
    ],
  },
  {
    room: 'shared/subject-tokens',
    holds: 'whom an event names, and whether a token proves whom a request speaks for',
    imports: ['shared/event', 'shared/event-types', 'shared/observe', 'shared/outcome', 'shared/ports', 'shared/sdks'],
    packages: ['jose'],
  },
  {
    room: 'shared/client/core',
    holds: 'the client over its ports; it runs in pages, so that it imports nothing, of Node neither',
    imports: [],
  },
  {
    room: 'shared/client/node',
    holds: 'the client in Node: segment files, lanes',
    imports: ['shared/client/core'],
    packages: ['node:sqlite'],
  },
  {
    room: 'shared/client/browser',
    holds: 'the client in pages: IndexedDB, tabs, the end of a page',
    imports: ['shared/client/core'],
  },
  { room: 'shared/write-keys', holds: 'write keys and their cache', imports: ['shared/event', 'shared/ports'] },
];

/** What is wired or spoken to where there is no cloud. */
const whatRuns = [
  'functions/index.ts',
  'functions/*',
  'functions/*/needs.ts',
  'shared/*',
  'shared/adapters/*.ts',
  'shared/adapters/embedded',
  'shared/adapters/gcp',
];

/** What describes the deployment, and what is read for it. */
const underInfra = [
  'infra/*.ts',
  'infra/completeness',
  'infra/environments',
  'functions/index.ts',
  'shared/event',
  'shared/event-types',
  'shared/needs',
  'shared/schema-language',
];

const infraRooms: readonly Room[] = [
  {
    room: 'infra/main.ts',
    holds: "cdktf's entry point",
    imports: ['infra/*.ts', 'infra/checks', 'infra/environments', 'infra/stacks'],
    packages: ['cdktf'],
  },
  {
    room: 'infra/stacks',
    holds: 'the stacks',
    imports: [...underInfra, 'infra/checks', 'infra/constructs', 'shared/outcome', 'shared/publication'],
    packages: ['cdktf', 'constructs', '@cdktf/provider-google'],
  },
  {
    room: 'infra/constructs',
    holds: 'parts of stacks',
    imports: [
      'infra/*.ts',
      'infra/completeness',
      'infra/environments',
      'functions/index.ts',
      'shared/http',
      'shared/needs',
    ],
    packages: ['cdktf', 'constructs', '@cdktf/provider-google'],
  },
  {
    room: 'infra/*.ts',
    holds: 'the one description of what runs, and its names; no cdktf',
    imports: [
      'infra/completeness',
      'infra/environments',
      'functions/index.ts',
      'shared/erasure',
      'shared/event',
      'shared/event-types',
      'shared/http',
      'shared/legacy',
      'shared/needs',
      'shared/observe',
      'shared/operations',
      'shared/outcome',
      'shared/quarantine',
      'shared/schema-language',
      'shared/sdks',
    ],
  },
  {
    room: 'infra/completeness',
    holds: 'how complete a day is, in SQL',
    imports: ['infra/*.ts', 'shared/event-types', 'shared/sdks'],
  },
  { room: 'infra/environments', holds: 'dev, prod', imports: ['infra/*.ts', 'functions/index.ts', 'shared/needs'] },
  {
    room: 'infra/checks',
    holds: 'what must hold of topology, resources and plans',
    imports: underInfra,
  },
  {
    room: 'infra/cost',
    holds: 'what a month costs',
    imports: [
      'infra/*.ts',
      'infra/completeness',
      'infra/environments',
      'functions/index.ts',
      'functions/*/needs.ts',
      'shared/event',
      'shared/needs',
    ],
  },
  {
    room: 'infra/terraform',
    holds: "commands around Terraform's plan",
    imports: [
      'infra/*.ts',
      'infra/checks',
      'infra/cost',
      'infra/environments',
      'infra/stacks',
      'shared/event',
      'shared/schema-language',
    ],
  },
  {
    room: 'infra/bundle',
    holds: 'bundles functions for deployment',
    imports: ['infra/*.ts', 'functions/index.ts', 'shared/event'],
    packages: ['@jridgewell/sourcemap-codec', 'esbuild', 'fflate'],
  },
  {
    room: 'infra/catalog',
    holds: 'the pages about event types',
    imports: ['infra/*.ts', 'shared/event', 'shared/event-types', 'shared/schema-language'],
  },
  {
    room: 'infra/local',
    holds: 'the topology in one process, or on emulators',
    imports: [...whatRuns, 'infra/*.ts', 'infra/bundle', 'infra/catalog', 'infra/completeness'],
    packages: [
      'commander',
      {
        name: '@google-cloud/functions-framework',
        onlyIn: ['infra/local/function-servers.ts', 'infra/local/emulators/function-process.ts'],
        because: 'functions run under the framework here too',
      },
    ],
  },
  {
    room: 'infra/cli',
    holds: 'the `edi` command',
    imports: [
      ...whatRuns,
      'shared/client/core',
      'shared/client/node',
      'infra/*.ts',
      'infra/catalog',
      'infra/completeness',
      'infra/cost',
      'infra/environments',
      'infra/local',
    ],
    packages: [
      'ajv',
      'commander',
      {
        name: 'jose',
        onlyIn: ['infra/cli/demo/token-backend.ts'],
        because: 'it is the example of an issuer of tokens',
      },
    ],
  },
];

export const rooms: readonly Room[] = [
  ...functionRooms,
  ...sharedRooms,
  ...infraRooms,
  { room: 'schemas', holds: 'event schemas and the meta-schema; no code', imports: [] },
  { room: 'test', holds: 'tests, which may look into everything', imports: 'anything', packages: 'anything' },
];
