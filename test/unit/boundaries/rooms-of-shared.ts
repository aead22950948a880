import type { Room } from './room.ts';

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

export const sharedRooms: readonly Room[] = [
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
