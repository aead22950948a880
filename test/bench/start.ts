import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { type LocalProcessOptions, startLocal } from '../helpers/local-deployment.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';

// Time from the start of the process to its line "ready": npm run bench -- start [--runs 7]

const { values } = parseArgs({ options: { runs: { type: 'string', default: '7' } } });

async function measure(name: string, options: LocalProcessOptions): Promise<void> {
  const millis: number[] = [];
  for (let run = 0; run < Number(values.runs); run++) {
    const startMillis = performance.now();
    await using _deployment = await startLocal(options);
    millis.push(performance.now() - startMillis);
  }
  millis.sort((a, b) => a - b);
  const [min, median, max] = [millis[0], millis[Math.floor(millis.length / 2)], millis.at(-1)].map((time = 0) =>
    Math.round(time),
  );
  console.log(`${name.padEnd(28)} min ${min} ms  median ${median} ms  max ${max} ms  (${millis.length} runs)`);
}

const used = makeScratchFolder();
await measure('node, new data folder', {});
await measure('node, used data folder', { dataFolder: used.path });
await measure('npm start, new data folder', { throughNpm: true });
used.remove();
