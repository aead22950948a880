import { gunzipSync, gzipSync } from 'node:zlib';
import type { JsonObject } from '../../shared/event/json.ts';
import { type IngestWorld, orderEvent, startIngest } from '../helpers/ingest-world.ts';
import { schemaDocument } from '../helpers/schemas.ts';
import { openStages } from './attack-stages.ts';

/*
 * What a refused request costs ingest beside an accepted one, processor time of the process that serves and sends:
 * npm run bench -- attack-cost
 *
 * Over the loopback interface with memory ports, so that nothing but our own work is in it. The kinds take turns, and each is
 * told by its median and as a ratio to the accepted request of as many events: by event, and by byte of the body (inflated,
 * since that is what is admitted), at ingest alone; and "of all" with the stages that an accepted event has before it, and
 * a refused one has not. What others do with the messages is told by their number and size.
 */

const rounds = 60;
const warmUpRounds = 15;
const batch = 1_000;
const schema = schemaDocument({
  properties: { amount: { type: 'number' }, people: { type: 'object', additionalProperties: { type: 'integer' } } },
});

interface Attack {
  readonly name: string;
  readonly events: number;
  /** Of the accepted kind that it is held against. */
  readonly beside: string;
  /** A body of its own for each round: nothing may be remembered from one to the next. */
  readonly body: (round: number) => string | Uint8Array<ArrayBuffer>;
}

const many = (round: number, changes: (at: number) => JsonObject) =>
  JSON.stringify(Array.from({ length: batch }, (_, at) => orderEvent({ id: `${round}-${at}`, ...changes(at) })));
const zipped = (text: string) => new Uint8Array(gzipSync(text, { level: 9 }));

const [large, single, zippedLarge] = ['accepted, 1,000 events', 'accepted, 1 event', 'accepted, 1,000 events, gzip'];
const badData = { data: { amount: 'x' } };

const attacks: readonly Attack[] = [
  { name: large, events: batch, beside: large, body: (round) => many(round, () => ({})) },
  {
    name: zippedLarge,
    events: batch,
    beside: zippedLarge,
    body: (round) => zipped(many(round, (at) => ({ id: `z${round}-${at}` }))),
  },
  {
    name: single,
    events: 1,
    beside: single,
    body: (round) => JSON.stringify([orderEvent({ id: `${round}` })]),
  },
  {
    name: 'a type that nobody knows, 1,000 events',
    events: batch,
    beside: large,
    body: (round) => many(round, () => ({ type: 'a.b.v1' })),
  },
  {
    name: '1,000 types that nobody knows',
    events: batch,
    beside: large,
    body: (round) => many(round, (at) => ({ type: `a.b${at}.v1` })),
  },
  {
    name: 'data that does not fit, 1,000 events',
    events: batch,
    beside: large,
    body: (round) => many(round, () => badData),
  },
  {
    name: 'data that does not fit, 100 events',
    events: 100,
    beside: 'accepted, 100 events',
    body: (round) => JSON.stringify(JSON.parse(many(round, () => badData)).slice(0, 100)),
  },
  {
    name: 'accepted, 100 events',
    events: 100,
    beside: 'accepted, 100 events',
    body: (round) => JSON.stringify(JSON.parse(many(round, (at) => ({ id: `h${round}-${at}` }))).slice(0, 100)),
  },
  {
    name: 'data that does not fit, 1 event',
    events: 1,
    beside: single,
    body: (round) => JSON.stringify([orderEvent({ id: `${round}`, ...badData })]),
  },
  {
    name: '1,000 numbers, gzip',
    events: batch,
    beside: zippedLarge,
    body: () => zipped(`[${'0,'.repeat(batch - 1)}0]`),
  },
  {
    name: '1,000 empty objects, gzip',
    events: batch,
    beside: zippedLarge,
    body: () => zipped(`[${'{},'.repeat(batch - 1)}{}]`),
  },
  {
    name: '1,000 encoded twice',
    events: batch,
    beside: large,
    body: (round) =>
      JSON.stringify(Array.from({ length: batch }, (_, at) => JSON.stringify(orderEvent({ id: `${round}-${at}` })))),
  },
];

interface Cost {
  /** Of ingest. */
  readonly micros: number;
  /** Of dedup and pseudonymize. */
  readonly stagesMicros: number;
  readonly bytes: number;
  readonly messages: number;
  readonly published: number;
}

async function run(world: IngestWorld, body: string | Uint8Array<ArrayBuffer>): Promise<Cost> {
  world.publisher.clear();
  const isZipped = typeof body !== 'string';
  const before = process.cpuUsage();
  const answer = await world.post(body, isZipped ? { 'content-encoding': 'gzip' } : {});
  await answer.arrayBuffer();
  const used = process.cpuUsage(before);
  if (answer.status !== 200) throw new Error(`${answer.status}`);
  const received = world.publisher.messagesOf('received');
  const messages = [...received, ...world.publisher.messagesOf('quarantine')];
  const stages = await runStages(received);
  if (received.length > 0 && stages.rows === 0) throw new Error('what was accepted did not become rows');
  return {
    micros: used.user + used.system,
    stagesMicros: stages.micros,
    bytes: isZipped ? gunzipSync(body).length : Buffer.byteLength(body),
    messages: messages.length,
    published: messages.reduce((sum, { data }) => sum + data.length, 0),
  };
}

/** The cost with the median of processor time. */
function median(costs: readonly Cost[]): Cost {
  const sorted = costs.toSorted((one, other) => one.micros - other.micros);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

const runStages = await openStages(schema);
const world = await startIngest({
  schemas: [schema],
  clock: {
    nowMillis: Date.now.bind(Date),
    after: (millis, task) => {
      const timer = setTimeout(task, millis);
      return () => clearTimeout(timer);
    },
  },
});
try {
  const costs = new Map(attacks.map(({ name }): [string, Cost[]] => [name, []]));
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const { name, body } of attacks) {
      const cost = await run(world, body(round));
      if (round >= 0) costs.get(name)?.push(cost);
    }
  }
  const medians = new Map([...costs].map(([name, all]): [string, Cost] => [name, median(all)]));
  process.stdout.write(
    'processor time of a request; as a ratio to the accepted one by event, and by byte; what is published\n',
  );
  for (const { name, beside } of attacks) {
    const [cost, accepted] = [medians.get(name), medians.get(beside)];
    if (cost === undefined || accepted === undefined) throw new Error(`${name} was not measured`);
    const byEvent = cost.micros / accepted.micros;
    const byByte = byEvent * (accepted.bytes / cost.bytes);
    const ofAll = (cost.micros + cost.stagesMicros) / (accepted.micros + accepted.stagesMicros);
    process.stdout.write(
      `${name.padEnd(40)} ${(cost.micros / 1_000).toFixed(2).padStart(7)} ms  ${byEvent.toFixed(2).padStart(5)} by event  ` +
        `${byByte.toFixed(2).padStart(6)} by byte of ${String(cost.bytes).padStart(6)}  ${ofAll.toFixed(2).padStart(5)} of all  ` +
        `${String(cost.messages).padStart(4)} messages of ${cost.published} bytes\n`,
    );
  }
} finally {
  await world.close();
}
