import { Agent, request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, parseJson } from '../../../shared/event/json.ts';
import type { Message } from '../../../shared/ports/publisher.ts';
import { type FuzzRequest, fuzzRequest } from '../../helpers/fuzz-requests.ts';
import { type IngestWorld, startIngest } from '../../helpers/ingest-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

/** 5,000 unless `EDI_FUZZ_RUNS` says more, from seed `EDI_FUZZ_SEED` on. */
const runs = Number(process.env['EDI_FUZZ_RUNS'] ?? 5_000);
const firstSeed = Number(process.env['EDI_FUZZ_SEED'] ?? 1);

/** Each has its own front door, so that every event can be told to its request. */
const lanes = 8;
const properties = {
  amount: { type: 'number' },
  people: { type: 'object', additionalProperties: { type: 'integer' } },
};

interface Lane {
  readonly world: IngestWorld;
  readonly agent: Agent;
}

const open: Lane[] = [];
beforeAll(async () => {
  const schemas = [schemaDocument({ properties })];
  for (let lane = 0; lane < lanes; lane++) {
    open.push({ world: await startIngest({ schemas }), agent: new Agent({ keepAlive: true, maxSockets: 1 }) });
  }
});
afterAll(async () => {
  for (const { agent, world } of open) {
    agent.destroy();
    await world.close();
  }
});

interface Answered {
  readonly status: number;
  readonly text: string;
}

function send({ world, agent }: Lane, { method, path, headers, body }: FuzzRequest): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const options = { agent, method, path, headers: { ...headers, 'content-length': body.length } };
    const sent = request(world.url, options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** What is wrong with the answer, or undefined. */
function faultOf(world: IngestWorld, { status, text }: Answered): string | undefined {
  if (status >= 500 && status !== 503) return `status ${status}`;
  const value = parseJson(text);
  if (status !== 200) return status >= 400 && !isJsonObject(value) && text !== '' ? 'no problem+json' : undefined;
  if (!isJsonObject(value)) return 'a 200 without an answer';
  return accountFault(world, value);
}

/** Every event of the answer is where it says: sealed, in quarantine, or nowhere because it is to be sent again. */
function accountFault(world: IngestWorld, { accepted, duplicates, rejected }: JsonObject): string | undefined {
  if (typeof accepted !== 'number' || typeof duplicates !== 'number' || !Array.isArray(rejected)) return 'no counts';
  const indices = rejected.flatMap((one) => (isJsonObject(one) ? [Number(one['index'])] : []));
  const total = accepted + duplicates + rejected.length;
  if (new Set(indices).size !== rejected.length || indices.some((index) => !(index >= 0 && index < total))) {
    return `${total} events, of which these are rejected: ${indices}`;
  }
  const sealed = world.received().reduce((sum, { index }) => sum + index.entries.length, 0);
  const kept = world.publisher.messagesOf('quarantine').reduce((sum, message) => sum + eventsOf(message), 0);
  const forGood = rejected.filter((one) => isJsonObject(one) && one['transient'] === false).length;
  if (sealed !== accepted) return `${accepted} accepted, ${sealed} sealed`;
  return kept === forGood ? undefined : `${forGood} refused for good, ${kept} in quarantine`;
}

/** Events of a quarantine record. Opening thousands of them would take most of the time. */
function eventsOf({ data }: Message): number {
  const row = parseJson(Buffer.from(data).toString('utf8'));
  return isJsonObject(row) ? Number(row['events']) : Number.NaN;
}

/** Sends every eighth input; answers with how many had which status. */
async function runLane(lane: Lane, at: number): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  for (let seed = firstSeed + at; seed < firstSeed + runs; seed += lanes) {
    lane.world.publisher.clear();
    const sent = send(lane, fuzzRequest(seed));
    const answered = await sent.catch((error: unknown) => ({ status: 599, text: String(error) }));
    const fault = faultOf(lane.world, answered);
    if (fault !== undefined) throw new Error(`seed ${seed}: ${fault}\n${answered.text.slice(0, 500)}`);
    statuses.set(answered.status, (statuses.get(answered.status) ?? 0) + 1);
  }
  return statuses;
}

test(`${runs} structure-aware inputs: no crash, no 5xx but 503, every event of every answer accounted for`, async () => {
  const byLane = await Promise.all(open.map(runLane));
  for (const { world } of open) {
    // A bug is answered 503, too, and logged as an error.
    expect(world.observer.entries.filter(({ severity }) => severity === 'ERROR')).toEqual([]);
    expect((await fetch(`${world.url}/health`)).status).toBe(200);
  }
  // The inputs reach what they are for.
  const count = (status: number) => byLane.reduce((sum, statuses) => sum + (statuses.get(status) ?? 0), 0);
  expect(count(200)).toBeGreaterThan(runs / 3);
  for (const status of [400, 413, 415]) expect(count(status), String(status)).toBeGreaterThan(0);
}, 14_400_000);
