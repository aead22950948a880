import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { Command } from 'commander';
import { start } from '../../functions/erase-subject/function.ts';
import { needs } from '../../functions/erase-subject/needs.ts';
import type { CommandIo } from '../../infra/cli/command-io.ts';
import { addEraseCommand } from '../../infra/cli/erase.ts';
import { erasureTables } from '../../infra/erasure-tables.ts';
import { startEmulator } from '../../infra/local/emulators/gcloud-emulator.ts';
import { operationsTables } from '../../infra/operations.ts';
import { openEmbeddedErasures } from '../../shared/adapters/embedded/erasures.ts';
import { openEmbeddedSubjectKeyRecords } from '../../shared/adapters/embedded/subject-key-records.ts';
import { openEmbeddedSubjectSources } from '../../shared/adapters/embedded/subject-sources.ts';
import { createFirestoreErasures } from '../../shared/adapters/gcp/erasures.ts';
import { openFirestore } from '../../shared/adapters/gcp/firestore-client.ts';
import { openTransactionalFirestore } from '../../shared/adapters/gcp/firestore-transactions.ts';
import { createFirestoreSubjectKeyErasures } from '../../shared/adapters/gcp/subject-key-erasures.ts';
import { createFirestoreSubjectKeyRecords } from '../../shared/adapters/gcp/subject-key-records.ts';
import { createFirestoreSubjectSources } from '../../shared/adapters/gcp/subject-sources.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { subjectKeyId } from '../../shared/erasure/subject-key-id.ts';
import { sourceRealm } from '../../shared/event/realm.ts';
import { pickPorts } from '../../shared/needs/held-ports.ts';
import { makeCountingObserver } from '../../shared/observe/json-observer.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { serveHandler } from '../helpers/handler-server.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';
import { memoryPortsWith } from '../helpers/memory-ports.ts';

/*
 * `edi erase --file` of many people, against the function in this process on the embedded stores or on Firestore's emulator:
 * npm run bench -- erase [--people 100000] [--emulator]
 *
 * Each person has a key and an installation of its own. The list is interrupted at a third and gone on with; both together
 * have to have destroyed every key and every installation once, as an erasure that runs through does.
 */

const { values } = parseArgs({
  options: { people: { type: 'string', default: '100000' }, emulator: { type: 'boolean', default: false } },
});
const count = Number(values.people);
const seededAtOnce = 100;

async function embeddedStores(folder: string) {
  const path = (name: string) => ({ path: join(folder, `${name}.db`) });
  const keys = openEmbeddedSubjectKeyRecords(path('keys'));
  const sources = openEmbeddedSubjectSources(path('sources'));
  const erasures = openEmbeddedErasures(path('erasures'));
  return { keys, sources, erasures };
}

async function emulatorStores() {
  const projectId = `edi-bench-${randomUUID().slice(0, 8)}`;
  const given = process.env['FIRESTORE_EMULATOR_HOST'];
  const emulator = given === undefined ? await startEmulator('firestore', projectId) : undefined;
  const emulatorHost = emulator?.host ?? given ?? '';
  const open = (dependency: 'subject-keys' | 'subject-sources') =>
    openFirestore({ dependency, projectId, databaseId: dependency, emulatorHost });
  const [keysDatabase, sourcesDatabase] = [open('subject-keys'), open('subject-sources')];
  const keyRecords = createFirestoreSubjectKeyRecords({ database: keysDatabase });
  const transactional = openTransactionalFirestore({
    dependency: 'erasures',
    projectId,
    databaseId: 'erasures',
    emulatorHost,
  });
  const stores = {
    keys: { ...keyRecords, ...createFirestoreSubjectKeyErasures({ database: keysDatabase }) },
    sources: createFirestoreSubjectSources({ database: sourcesDatabase }),
    erasures: createFirestoreErasures({ database: transactional }),
  };
  return { stores, close: () => emulator?.stop() };
}

/** An emulator that has just started answers late. */
async function again(run: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof Unavailable) || attempt === 20) throw error;
    }
  }
}

const scratch = makeScratchFolder();
const emulated = values.emulator ? await emulatorStores() : undefined;
const stores = emulated?.stores ?? (await embeddedStores(scratch.path));
const held = await memoryPortsWith([], { clock: systemClock });
const { lookupKey } = held.secrets;
const warehouse = await held.statements.warehouse();
for (const table of [...erasureTables, ...operationsTables]) {
  await warehouse.ensureTable({ schema: table.dataset, ...table });
}

for (let at = 0; at < count; at += seededAtOnce) {
  const some = Array.from({ length: Math.min(seededAtOnce, count - at) }, (_, place) => at + place);
  const ids = some.map((person) => ({
    subjectId: subjectKeyId(lookupKey, { realm: 'customer', subject: `person-${person}` }),
    sourceId: subjectKeyId(lookupKey, { realm: sourceRealm, subject: `phone-${person}` }),
  }));
  const keyset = Buffer.alloc(150, 1);
  const keyIds = ids.flatMap(({ subjectId, sourceId }) => [subjectId, sourceId]);
  await again(async () => {
    await stores.keys.createMissing(keyIds.map((id) => ({ id, encryptedKeyset: keyset })));
    await stores.sources.record(ids);
  });
}
console.log(`${count} people have a key and an installation`);

const databases = {
  ...held.databases,
  subjectKeys: { ...held.databases.subjectKeys, ...stores.keys },
  subjectSources: stores.sources,
  erasures: stores.erasures,
};
const ports = pickPorts(needs, { ...held, databases }, makeCountingObserver());
const server = await serveHandler(await start(ports));
const file = join(scratch.path, 'people.jsonl');
const lines = Array.from({ length: count }, (_, at) => JSON.stringify({ realm: 'customer', subject: `person-${at}` }));
writeFileSync(file, lines.join('\n'));

let sent = 0;
const stop = new AbortController();
const open = async () => ({
  name: 'erase-subject',
  url: server.url,
  authorization: async () => {
    sent++;
    if (sent === Math.ceil(count / 3_000) + 1) stop.abort();
    return 'Bearer bench';
  },
});

async function erase(args: readonly string[], signal: AbortSignal) {
  const written = { out: '', err: '' };
  const output = (name: 'out' | 'err') => ({
    write: async (text: string) => {
      written[name] += text;
    },
    isTerminal: false,
    columns: undefined,
  });
  const stdin = Readable.from([]);
  const io: CommandIo = { out: output('out'), err: output('err'), stdin, interrupted: () => signal };
  const program = new Command().exitOverride();
  addEraseCommand(program, io, { exit: () => undefined, open });
  const began = performance.now();
  await program.parseAsync(['erase', '--no-pseudonyms', '--file', file, '--json', ...args], { from: 'user' });
  return { ...written, seconds: (performance.now() - began) / 1_000 };
}

const first = await erase([], stop.signal);
const id = /stopped; --resume ([\w-]+)/.exec(first.err)?.[1];
if (id === undefined) throw new Error(`the list was not interrupted, which takes more than 2,000 people: ${first.err}`);
const second = await erase(['--resume', id], new AbortController().signal);
const { named, keysDestroyed, sourcesErased, sourcesShared } = JSON.parse(second.out);
const totals = { named, keysDestroyed, sourcesErased, sourcesShared };
console.log(`interrupted after ${first.seconds.toFixed(1)} s, resumed for ${second.seconds.toFixed(1)} s`);
console.log(`${(count / (first.seconds + second.seconds)).toFixed(0)} people/s: ${JSON.stringify(totals)}`);
const expected = { named: count, keysDestroyed: count, sourcesErased: count, sourcesShared: 0 };
if (JSON.stringify(totals) !== JSON.stringify(expected)) throw new Error(`expected ${JSON.stringify(expected)}`);
server.close();
await emulated?.close();
scratch.remove();
process.exit();
