import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { type EmbeddedStorage, openEmbeddedStorage } from '../../shared/adapters/embedded/storage.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { makeJsonObserver } from '../../shared/observe/json-observer.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Message, Publisher } from '../../shared/ports/publisher.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { sdksObjectName } from '../../shared/publication/schema-object.ts';
import { topics } from '../naming.ts';
import { makeTopology } from '../topology.ts';
import { exampleCurl } from './example-curl.ts';
import { serveFunction } from './function-servers.ts';
import { localFunctions, localPublishing, startLocalFunction } from './local-functions.ts';
import { problemLines, publishSchemas, SchemaFolderError } from './publish-schemas.ts';
import { uploadNotification } from './schema-uploads.ts';
import { ensureTables } from './tables.ts';

interface Flags {
  readonly port: number;
  readonly data: string;
  readonly schemas: string;
}

const defaultIngestUrl = 'http://127.0.0.1:8080';
const projectFolder = resolve(import.meta.dirname, '..', '..');

/**
 * `npm run function -- NAME`: one function from its sources on embedded storage, alone. There is no bus: what it
 * publishes becomes a file, the body of a push, which `curl` hands to the next function or to this one again. Its log is
 * standard output.
 */
async function main(name: string, flags: Flags): Promise<void> {
  const needs = localFunctions.find((one) => one.name === name);
  if (needs === undefined) throw new Error(`there is no function ${name}`);
  const dataFolder = resolve(flags.data);
  const storage = await openEmbeddedStorage(dataFolder);
  const pushFolder = join(dataFolder, 'pushes');
  mkdirSync(pushFolder, { recursive: true, mode: 0o700 });
  const publisher = publisherToFiles(pushFolder, systemClock);
  const held = { ...storage, publisher };
  const writeLine = (line: string) => process.stdout.write(`${line}\n`);
  const observerOf = (component: string) =>
    makeJsonObserver({ component, clock: systemClock, writeLine, countsIntervalMillis: 0 });
  const publishing = localPublishing(held, observerOf('publish-schema'), async (schema) => {
    await ensureTables(storage.warehouse, makeTopology([schema]));
    return [];
  });
  const { waiting } = await publishSchemas({ folder: resolve(flags.schemas), ports: publishing });
  if (waiting.length > 0) process.stderr.write(`${problemLines(waiting)}\n`);
  const handler = await startLocalFunction(needs, {
    held,
    observer: observerOf(name),
    publishing,
    // Heartbeats go to an ingest that was started by itself.
    ingestUrl: () => defaultIngestUrl,
  });
  const server = await serveFunction(needs.name, handler, flags.port);
  writeLine(`ready ${server.url}`);
  const { callers } = needs;
  if (callers.kind === 'push') {
    // Nobody uploads here, and so nobody publishes what publish-schema reads.
    if (callers.reads === 'schemaUploads') await publisher.publish(topics.schemaUploads, [await sdksUpload(storage)]);
    // The token of this process, without which it takes no push; another one with each start.
    const header = `-H 'authorization: ${storage.pushAuthorization}'`;
    const file = join(relative(process.cwd(), pushFolder), `${topics[callers.reads]}.1.json`);
    writeLine(`curl -i ${header} --json @${file} ${server.url}`);
  } else if (callers.kind === 'operators') {
    writeLine(`curl -i ${server.url}`);
  } else {
    const nowMillis = systemClock.nowMillis();
    writeLine((await exampleCurl({ schemaFolder: resolve(flags.schemas), url: server.url, nowMillis })) ?? '');
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server
        .close()
        .then(() => storage.close())
        .then(() => process.exit(0));
    });
  }
}

/** What Cloud Storage would tell of `sdks.json`, which was uploaded at the start. */
async function sdksUpload({ buckets: { schemas } }: EmbeddedStorage): Promise<Message> {
  const generation = (await schemas.get(sdksObjectName))?.generation ?? '0';
  return uploadNotification(schemas.name, sdksObjectName, generation, systemClock.nowMillis());
}

/**
 * Publishes each message as the body of its push, into the first free `<topic>.<n>.json`. Only the user can read it:
 * topics before pseudonymize hold events in the clear.
 */
function publisherToFiles(folder: string, clock: Clock): Publisher {
  function write(topic: string, { data, attributes }: Message): void {
    let number = 1;
    while (existsSync(join(folder, `${topic}.${number}.json`))) number += 1;
    const path = join(folder, `${topic}.${number}.json`);
    const publishTime = new Date(clock.nowMillis()).toISOString();
    const message = { data: Buffer.from(data).toString('base64'), attributes, messageId: String(number), publishTime };
    writeFileSync(path, JSON.stringify({ message, subscription: topic, deliveryAttempt: 1 }), { mode: 0o600 });
    process.stdout.write(`published ${relative(process.cwd(), path)}\n`);
  }
  return {
    async publish(topic, messages) {
      for (const message of messages) write(topic, message);
    },
  };
}

function readPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('Give a whole number from 0 to 65535.');
}

function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE') return 'The port is taken: start with another --port.';
  return error instanceof SchemaFolderError || error instanceof Unavailable
    ? error.message
    : (error.stack ?? error.message);
}

const command = new Command('npm run function --')
  .description('One function alone, from its sources, on embedded storage.')
  .addArgument(new Argument('<name>', 'the function').choices(localFunctions.map(({ name }) => name)))
  .option('--port <port>', 'where it listens on 127.0.0.1; 0 takes a free one', readPort, 8_080)
  .option('--data <folder>', 'where everything is kept', join(projectFolder, '.edi', 'function'))
  .option('--schemas <folder>', 'the event types', join(projectFolder, 'schemas'))
  .action(main);
try {
  await command.parseAsync();
} catch (error) {
  process.stderr.write(`${problemOf(error)}\n`);
  process.exit(1);
}
