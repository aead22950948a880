// How fast the stages are, part by part, beside what they are held against: npm run bench -- speed [PART] [--json FILE] …

interface Part {
  readonly what: string;
  readonly run: (args: string[]) => Promise<void>;
}

const parts: Readonly<Record<string, Part>> = {
  ingest: {
    what: 'events a second over HTTP, beside a function that only parses and publishes, and node:http alone',
    run: async (args) => (await import('./speed-ingest.ts')).runIngest(args),
  },
};

const [, , name = 'ingest', ...args] = process.argv;
const chosen = name.startsWith('--') ? parts['ingest'] : parts[name];
if (chosen === undefined) {
  const list = Object.entries(parts).map(([part, { what }]) => `  ${part}  ${what}`);
  console.error(`There is no part "${name}". There are:\n${list.join('\n')}`);
  process.exitCode = 2;
} else await chosen.run(name.startsWith('--') ? process.argv.slice(2) : args);
