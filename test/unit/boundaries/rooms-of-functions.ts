import type { Room } from './room.ts';

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

export const functionRooms: readonly Room[] = [
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
