import { runNamedProgram } from '../helpers/named-programs.ts';

// npm run bench -- NAME. A new bench is a file in this folder and an entry here; nothing else lists them.
await runNamedProgram({
  start: {
    what: 'from the start of the process to its line "ready" [--runs 7]',
    load: () => import('./start.ts'),
  },
  memory: {
    what: 'resident memory of the whole deployment while events pass [--events 1000000]',
    load: () => import('./memory.ts'),
  },
  durability: {
    what: 'what it costs to have acknowledged events on the disk [--rounds 5] [--seconds 4] [--clients 8]',
    load: () => import('./durability.ts'),
  },
  dedup: {
    what: "reads, writes and conflicts of the claim index on Firestore's emulator; 3 minutes [--json FILE]",
    load: () => import('./dedup.ts'),
  },
  'dedup-stage': {
    what: 'the stage of dedup over memory, beside its keyed hashes alone [--rounds 9] [--batch 50] [--profile]',
    nodeFlags: ['--expose-gc'],
    load: () => import('./dedup-stage.ts'),
  },
  pseudonymize: {
    what: 'the stage of pseudonymize beside its cryptography alone, 1, 5 and 20 treated fields, warm and cold [--rounds 9] [--profile]',
    nodeFlags: ['--expose-gc'],
    load: () => import('./pseudonymize.ts'),
  },
  erase: {
    what: '`edi erase --file`, interrupted and gone on with, on embedded stores or the emulator [--people 100000] [--emulator]',
    load: () => import('./erase.ts'),
  },
  coldstart: {
    what: 'bundle sizes, process start to first answer, and processor time of it, on emulators [--runs 7]',
    load: () => import('./coldstart.ts'),
  },
  catalog: {
    what: 'a thousand types: rendering, sizes, search in a browser',
    load: () => import('./catalog.ts'),
  },
  live: {
    what: 'the live page in a browser: first paint, and how it answers at up to 10,000 events/s [--seconds 10] [--paints 10]',
    load: () => import('./live.ts'),
  },
  synth: {
    what: "synthesis of prod with many event types, and Terraform's plan of it [--types 600] [--domains 20] [--plan]",
    load: () => import('./synth.ts'),
  },
  registry: {
    what: "memory and pauses of the registry's view with many types [1000]",
    nodeFlags: ['--expose-gc'],
    load: () => import('./registry.ts'),
  },
  publish: {
    what: "upload of a new type's schema to its first accepted event [--rounds 5] [--emulators]",
    load: () => import('./publish.ts'),
  },
  attack: {
    what: "attacks on ingest's bundle beside a healthy client, on Google's emulators [--seconds 15]",
    load: () => import('./attack.ts'),
  },
  'client-loss': {
    what: 'killed clients on a way that loses requests and answers: all of it in the exact view, once [--events 1000000]',
    load: () => import('./client-loss.ts'),
  },
  'client-track': {
    what: "main-thread time of the client's track in Chromium, and the size of its bundle",
    load: () => import('./client-track.ts'),
  },
  cost: {
    what: 'sizes and times behind the assumptions of `edi cost`',
    load: () => import('./cost.ts'),
  },
  validators: {
    what: "ingest's validators beside plain ajv's in one run, over the examples of all types",
    load: () => import('./validators.ts'),
  },
  legacy: {
    what: 'records of legacy files to event JSON beside a script that splits lines [--records 50000] [--rounds 7] [--profile]',
    nodeFlags: ['--expose-gc'],
    load: () => import('./legacy.ts'),
  },
  speed: {
    what: 'how fast the stages are: part ingest, dedup, pseudonymize, pipeline, coldstart or growth [--rounds 3] [--json FILE]',
    nodeFlags: ['--expose-gc'],
    load: () => import('./speed.ts'),
  },
  'attack-cost': {
    what: 'what refused requests cost ingest beside accepted ones, by request, event and byte',
    load: () => import('./attack-cost.ts'),
  },
});
