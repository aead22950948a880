import type { Room } from './room.ts';

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

export const infraRooms: readonly Room[] = [
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
      // What their settings may be.
      'functions/dedup',
      'functions/erase-subject',
      'functions/ingest',
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
  {
    room: 'infra/legacy-report',
    holds: 'what legacy files came to, and the share of events that are of them',
    imports: [
      'infra/*.ts',
      'infra/completeness',
      'functions/export-legacy',
      'shared/event',
      'shared/needs',
      'shared/sdks',
    ],
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
    room: 'infra/preflight',
    holds: 'whether an environment can be deployed, by what gcloud answers',
    imports: ['infra/*.ts', 'infra/environments', 'shared/event'],
  },
  {
    room: 'infra/bundle',
    holds: 'bundles functions for deployment',
    imports: ['infra/*.ts', 'functions/index.ts', 'shared/event', 'shared/event-types'],
    packages: ['@jridgewell/sourcemap-codec', 'esbuild', 'fflate', 'terser'],
  },
  {
    room: 'infra/catalog',
    holds: 'the pages about event types',
    imports: ['infra/*.ts', 'shared/event', 'shared/event-types', 'shared/schema-language', 'shared/sdks'],
  },
  {
    room: 'infra/local',
    holds: 'the topology in one process, or on emulators',
    imports: [...whatRuns, 'infra/*.ts', 'infra/bundle', 'infra/catalog', 'infra/completeness', 'infra/legacy-report'],
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
      'infra/legacy-report',
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
