import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { defaultIngestConfig } from '../../functions/ingest/config.ts';
import { start } from '../../functions/ingest/function.ts';
import { needs } from '../../functions/ingest/needs.ts';
import { listenOnLoopback } from '../../infra/local/function-servers.ts';
import { openBase } from '../../shared/adapters/gcp/openers/base.ts';
import { register } from '../../shared/adapters/gcp/register.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { systemRandom } from '../../shared/adapters/system-random.ts';
import type { JsonValue } from '../../shared/event/json.ts';
import type { Publisher } from '../../shared/ports/publisher.ts';
import { readSchemaFolder } from '../../shared/schema-language/schema-folder.ts';
import { newWriteKey } from '../../shared/write-keys/write-key.ts';
import { memoryPortsWith } from '../helpers/memory-ports.ts';

/*
 * What speed.ts measures, a process of its own each: `ingest` as it is deployed, over memory ports; `floor`, a function of
 * functions-framework that parses the body and publishes it; `plain`, the same under node:http alone.
 */

export type ContenderName = 'plain' | 'floor' | 'ingest';
export type ServerQuestion = 'usage' | 'profile' | { readonly endProfile: string };
export type ServerMessage =
  | { readonly kind: 'ready'; readonly url: string; readonly keys: Readonly<Record<string, string>> }
  | { readonly kind: 'usage'; readonly cpuMicros: number }
  | { readonly kind: 'profiled' };

/** As long as Pub/Sub takes, which is waited for before the answer. */
const publishMillis = 5;
/** Binding of each kind of traffic. */
const sdks = { playback: 'ios', github: 'github-relay' } as const;

const publisher: Publisher = {
  publish: () => new Promise((resolve) => setTimeout(resolve, publishMillis)),
};

/** The least that takes events: no key, no bound, no check. Its answer is ingest's. */
async function parseAndPublish(body: Buffer, response: ServerResponse): Promise<void> {
  const events: JsonValue = JSON.parse(body.toString());
  await publisher.publish('received', [{ data: body, attributes: {} }]);
  const answer = JSON.stringify({ accepted: Array.isArray(events) ? events.length : 1, duplicates: 0, rejected: [] });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
  response.end(answer);
}

function plainServer(): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      parseAndPublish(request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes, response);
    });
  });
}

/** The framework reads and inflates the body before it calls the function. */
function floorServer(): Server {
  http('floor', (request: IncomingMessage & { readonly rawBody?: Buffer }, response: ServerResponse) =>
    parseAndPublish(request.rawBody ?? Buffer.alloc(0), response),
  );
  return getTestServer('floor');
}

/** Registered as its `main.ts` does; only the openers are of memory. */
async function ingestServer(keys: Record<string, string>): Promise<Server> {
  const { schemas, sdks: bindings } = await readSchemaFolder(join(import.meta.dirname, '..', '..', 'schemas'), {
    compile: false,
  });
  const options = { clock: systemClock, random: systemRandom, sdks: bindings };
  const held = await memoryPortsWith(
    schemas.map(({ schema }) => schema),
    options,
  );
  for (const [kind, sdk] of Object.entries(sdks)) {
    const { writeKey, identity } = newWriteKey('bench', systemRandom);
    await held.databases.writeKeys.create({ ...identity, sdk, createdAtMillis: Date.now() });
    keys[kind] = writeKey;
  }
  register(
    needs,
    {
      base: openBase,
      publisher: () => publisher,
      topic: (_, { topic }) => topic,
      databases: { registry: () => held.databases.registry, writeKeys: () => held.databases.writeKeys },
      bucket: (_, { suffix }) =>
        suffix === held.buckets.snapshot.name ? held.buckets.snapshot : held.buckets.realmKeys,
      secrets: {
        hashKey: () => held.secrets.quarantineRecordKey,
        publicKey: () => held.secrets.quarantinePublicKey,
        namedSecrets: () => held.secrets.subjectTokenSecrets,
      },
    },
    start,
    defaultIngestConfig,
  );
  return getTestServer(needs.name);
}

async function serve(name: ContenderName): Promise<void> {
  const keys: Record<string, string> = {};
  const server = name === 'plain' ? plainServer() : name === 'floor' ? floorServer() : await ingestServer(keys);
  server.keepAliveTimeout = 65_000;
  const url = `http://127.0.0.1:${await listenOnLoopback(server, 0)}/v1/events`;
  const tell = (message: ServerMessage) => process.send?.(message);
  let profiling: Session | undefined;
  process.on('message', async (question: ServerQuestion) => {
    if (question === 'usage') {
      const { user, system } = process.cpuUsage();
      tell({ kind: 'usage', cpuMicros: user + system });
      return;
    }
    if (question === 'profile') {
      profiling = new Session();
      profiling.connect();
      await profiling.post('Profiler.enable');
      await profiling.post('Profiler.start');
    } else if (profiling !== undefined) {
      const { profile } = await profiling.post('Profiler.stop');
      writeFileSync(question.endProfile, JSON.stringify(profile));
      profiling.disconnect();
    }
    tell({ kind: 'profiled' });
  });
  tell({ kind: 'ready', url, keys });
}

process.on('disconnect', () => process.exit(0));
const [, , name] = process.argv;
if (name === 'plain' || name === 'floor' || name === 'ingest') await serve(name);
