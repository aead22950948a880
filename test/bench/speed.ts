// How fast the stages are, part by part, beside what they are held against: npm run bench -- speed [PART] [--json FILE] …

interface Part {
  readonly what: string;
  readonly run: (args: string[]) => Promise<void>;
}

/** A bench that finds its own arguments, where it would if it had been named itself. */
async function load(program: () => Promise<unknown>): Promise<void> {
  process.argv.splice(2, 1);
  await program();
}

const parts: Readonly<Record<string, Part>> = {
  ingest: {
    what: 'events a second over HTTP, beside a function that only parses and publishes, and node:http alone',
    run: async (args) => (await import('./speed-ingest.ts')).runIngest(args),
  },
  dedup: {
    what: 'the stage alone over memory ports, beside its keyed hashes; as bench dedup-stage',
    run: () => load(() => import('./dedup-stage.ts')),
  },
  pseudonymize: {
    what: 'the stage alone over memory ports, beside its cryptography; as bench pseudonymize',
    run: () => load(() => import('./pseudonymize.ts')),
  },
  coldstart: {
    what: 'from the start of a process to its first answer, beside a function that does nothing; as bench coldstart',
    run: () => load(() => import('./coldstart.ts')),
  },
  pipeline: {
    what: 'events a second from HTTP to their rows on the embedded deployment, latency to the row, and memory',
    run: async (args) => (await import('./speed-pipeline.ts')).runPipeline(args),
  },
  growth: {
    what: 'what an event costs as the index, the types, batches and events grow',
    run: async (args) => (await import('./speed-growth.ts')).runGrowth(args),
  },
};

const [, , name = 'ingest', ...args] = process.argv;
const chosen = name.startsWith('--') ? parts['ingest'] : parts[name];
if (chosen === undefined) {
  const list = Object.entries(parts).map(([part, { what }]) => `  ${part}  ${what}`);
  console.error(`There is no part "${name}". There are:\n${list.join('\n')}`);
  process.exitCode = 2;
} else await chosen.run(name.startsWith('--') ? process.argv.slice(2) : args);
