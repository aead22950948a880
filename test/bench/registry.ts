import { createMemoryRegistry } from '../../shared/adapters/memory/registry.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { isJsonObject, type JsonObject } from '../../shared/event/json.ts';
import { makeEventTypes } from '../../shared/event-types/event-types.ts';
import { readSchemaFolder } from '../../shared/schema-language/schema-folder.ts';
import { activateSchema } from '../helpers/uploads.ts';

// Memory and pauses of a function's view of the registry: npm run bench -- registry [TYPES]
// The types are copies of this project's schemas. Needs --expose-gc, which main.ts adds.

const typeCount = Number(process.argv[2] ?? 1_000);
const mebibyte = 1_048_576;
const { schemas, sdks } = await readSchemaFolder(new URL('../../schemas', import.meta.url).pathname);

function copyOf(at: number): JsonObject {
  const schema = schemas[at % schemas.length]?.schema ?? {};
  const edi = isJsonObject(schema['edi']) ? schema['edi'] : {};
  return { ...structuredClone(schema), edi: { ...edi, type: `bench.type-${at}.v1` } };
}

function heapMebibytes(): number {
  global.gc?.();
  return process.memoryUsage().heapUsed / mebibyte;
}

/** Runs the work and answers its time, and the longest time that nothing else could run in it. */
async function timed(work: () => unknown): Promise<{ totalMillis: number; longestPauseMillis: number }> {
  let [last, longestPauseMillis, running] = [performance.now(), 0, true];
  const watch = () => {
    const now = performance.now();
    longestPauseMillis = Math.max(longestPauseMillis, now - last);
    last = now;
    if (running) setImmediate(watch);
  };
  setImmediate(watch);
  const begin = performance.now();
  await work();
  const totalMillis = performance.now() - begin;
  await new Promise((resolve) => setImmediate(resolve));
  running = false;
  return { totalMillis, longestPauseMillis };
}

const registry = createMemoryRegistry();
await registry.publishSdksUpload(sdks, '1');
for (let at = 0; at < typeCount; at++) await activateSchema(registry, `bench.type-${at}.v1`, copyOf(at));
const snapshot = await registry.read();
if (snapshot === 'unchanged') throw new Error('a first read is never unchanged');
const report = (what: string, value: number, unit: string) =>
  process.stdout.write(`${what.padEnd(58)} ${value.toFixed(1).padStart(8)} ${unit}\n`);

const before = heapMebibytes();
let begin = performance.now();
// A read answers with schemas of its own, as one from Firestore or a snapshot does.
const eventTypes = makeEventTypes({ registry, clock: systemClock, snapshot: structuredClone(snapshot) });
report(`start from a snapshot of ${typeCount} types`, performance.now() - begin, 'ms');
report('memory of the view, nothing compiled', heapMebibytes() - before, 'MiB');

let slowest = 0;
begin = performance.now();
for (let at = 0; at < typeCount; at++) {
  const one = performance.now();
  eventTypes.get(`bench.type-${at}.v1`)?.validate({});
  slowest = Math.max(slowest, performance.now() - one);
}
report('all validators compiled at their first event', performance.now() - begin, 'ms');
report('the slowest of them', slowest, 'ms');
report('memory of the view, everything compiled', heapMebibytes() - before, 'MiB');

const fresh = makeEventTypes({ registry, clock: systemClock });
const filled = await timed(() => fresh.refreshNow());
report(`first refresh without a snapshot, ${typeCount} types`, filled.totalMillis, 'ms');
report('longest pause in it (the read itself copies everything)', filled.longestPauseMillis, 'ms');

for (let at = 0; at < 100; at++) {
  await activateSchema(registry, `bench.type-${at}.v1`, { ...copyOf(at), title: 'another revision' });
}
await new Promise((resolve) => setTimeout(resolve, 600));
const changed = await timed(() => eventTypes.refreshNow());
report('refresh that brings 100 new revisions, compiled', changed.totalMillis, 'ms');
report('longest pause in it', changed.longestPauseMillis, 'ms');
