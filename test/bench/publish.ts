import { Agent } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { readReplayRun } from '../../shared/quarantine/replay-run.ts';
import { startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch } from '../helpers/local-events.ts';
import { parseJson, send } from '../helpers/local-http.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';

// Time from the upload of a new type's schema to its first accepted event, under traffic of that type:
// npm run bench -- publish [--rounds 5 --emulators]

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, emulators: { type: 'boolean', default: false } },
});
const rounds = Number(values.rounds);
const eventsPerSecond = 1_000;
const batchEvents = 20;
const warmUpMillis = 2_000;
const timeoutMillis = 30_000;

const scratch = makeScratchFolder();
const flags = ['--quiet', ...(values.emulators ? ['--emulators'] : [])];
const deployment = await startLocal({ dataFolder: join(scratch.path, 'data'), flags, startTimeoutMillis: 90_000 });
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

function schemaOf(type: string): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    description: 'A cart changed.',
    edi: {
      ...{ type, owner: 'team-bench', description: 'A cart changed.', stage: 'beta', priority: 'normal' },
      ...{ sdks: ['web'], retentionDays: 400, subjectRealm: 'customer' },
    },
    type: 'object',
    additionalProperties: false,
    properties: { items: { type: 'integer', description: 'How many things the cart holds.' } },
  };
}

interface Traffic {
  readonly firstAcceptedMillis: () => number | undefined;
  readonly counts: { accepted: number; refused: number };
  stop(): Promise<void>;
}

/** Sends at the stated rate, whatever the answers are. */
function startTraffic(type: string, key: string): Traffic {
  const counts = { accepted: 0, refused: 0 };
  const inFlight = new Set<Promise<void>>();
  let firstAcceptedMillis: number | undefined;
  const post = async () => {
    const events = Array.from({ length: batchEvents }, () => makeEvent({ type, data: { items: 1 } }));
    const answer = parseJson(await sendBatch(deployment.url, { events, key, agent }));
    const accepted = isJsonObject(answer) ? Number(answer['accepted']) : 0;
    counts.accepted += accepted;
    counts.refused += batchEvents - accepted;
    if (accepted > 0) firstAcceptedMillis ??= performance.now();
  };
  const timer = setInterval(
    () => {
      const sent = post().finally(() => inFlight.delete(sent));
      inFlight.add(sent);
    },
    (1_000 * batchEvents) / eventsPerSecond,
  );
  return {
    firstAcceptedMillis: () => firstAcceptedMillis,
    counts,
    async stop() {
      clearInterval(timer);
      await Promise.all(inFlight);
    },
  };
}

async function publish(type: string): Promise<void> {
  const [domain, name] = type.split('.');
  const { status } = await send({
    url: `${deployment.operatorUrl}/schemas`,
    headers: { authorization: `Bearer ${deployment.token}` },
    body: JSON.stringify({ object: `${domain}/${name}.v1.json`, text: JSON.stringify(schemaOf(type)) }),
  });
  if (status !== 200) throw new Error(`the upload was answered with ${status}`);
}

const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

async function round(at: number): Promise<number> {
  const type = `bench.cart-${at}.v1`;
  const traffic = startTraffic(type, deployment.writeKeys['web'] ?? 'local-dev-key:web');
  await pause(warmUpMillis);
  const begin = performance.now();
  await publish(type);
  const answeredMillis = performance.now() - begin;
  while (traffic.firstAcceptedMillis() === undefined && performance.now() - begin < timeoutMillis) await pause(5);
  const millis = (traffic.firstAcceptedMillis() ?? Number.NaN) - begin;
  await pause(500);
  await traffic.stop();
  await waitUntilIdle(deployment);
  const rows = async () => {
    const [row] = await query(deployment, `SELECT count(*) AS n FROM events.bench_cart_${at}_v1`);
    return Number(row?.['n']);
  };
  const { accepted, refused } = traffic.counts;
  const stored = await rows();
  process.stdout.write(
    `round ${at}: upload answered after ${answeredMillis.toFixed(0)} ms, first event accepted after ${millis.toFixed(0)} ms; ` +
      `${refused} events before it are in quarantine, ${accepted} accepted, ${stored} in the table\n`,
  );
  if (stored !== accepted) throw new Error('what was accepted is not what is in the table');
  const replayed = await replay(type);
  await waitUntilIdle(deployment);
  const all = await rows();
  process.stdout.write(`  ${replayed} of them replayed: ${all} in the table, of ${accepted + refused} sent\n`);
  if (all !== accepted + refused) throw new Error('what came early is not in the table exactly once');
  return millis;
}

/** Replays what came before the type was known, as `edi replay` does. */
async function replay(type: string): Promise<number> {
  const answer = await send({
    url: `${deployment.operatorUrl}/functions/replay`,
    headers: { authorization: `Bearer ${deployment.token}` },
    body: JSON.stringify({ filter: { reason: 'unknown-type', type }, dryRun: false }),
  });
  const run = readReplayRun(lastLine(answer.text)['run']);
  if (run?.state !== 'done') throw new Error('the replay did not come to its end');
  return run.totals.replayed;
}

function lastLine(text: string): JsonObject {
  const value: JsonValue = JSON.parse(text.trim().split('\n').at(-1) ?? '{}');
  return isJsonObject(value) ? value : {};
}

try {
  const taken: number[] = [];
  for (let at = 1; at <= rounds; at++) taken.push(await round(at));
  taken.sort((a, b) => a - b);
  const median = taken[Math.floor(taken.length / 2)] ?? Number.NaN;
  process.stdout.write(`median ${median.toFixed(0)} ms, worst ${(taken.at(-1) ?? Number.NaN).toFixed(0)} ms\n`);
} finally {
  agent.destroy();
  await deployment.stop();
  scratch.remove();
}
