import { gzipSync } from 'node:zlib';
import type { JsonObject } from '../../shared/event/json.ts';
import { type IngestWorld, orderEvent, startIngest } from '../helpers/ingest-world.ts';
import { schemaDocument } from '../helpers/schemas.ts';

/*
 * What a refused request costs ingest beside an accepted one, processor time of the process that serves and sends:
 * npm run bench -- attack-cost
 *
 * Over the loopback interface with memory ports, so that nothing but ingest's own work is in it. What others do with the
 * messages is told by their number and size.
 */

const rounds = 60;
const batch = 1_000;
const schema = schemaDocument({
  properties: { amount: { type: 'number' }, people: { type: 'object', additionalProperties: { type: 'integer' } } },
});

interface Attack {
  readonly name: string;
  readonly events: number;
  /** A body of its own for each round: nothing may be remembered from one to the next. */
  readonly body: (round: number) => string | Uint8Array<ArrayBuffer>;
}

const many = (round: number, changes: (at: number) => JsonObject) =>
  JSON.stringify(Array.from({ length: batch }, (_, at) => orderEvent({ id: `${round}-${at}`, ...changes(at) })));
const zipped = (text: string) => new Uint8Array(gzipSync(text, { level: 9 }));

const attacks: readonly Attack[] = [
  { name: 'accepted, 1,000 events', events: batch, body: (round) => many(round, () => ({})) },
  { name: 'accepted, 1 event', events: 1, body: (round) => JSON.stringify([orderEvent({ id: `${round}` })]) },
  {
    name: 'a type that nobody knows, 1,000 events',
    events: batch,
    body: (round) => many(round, () => ({ type: 'a.b.v1' })),
  },
  {
    name: 'data that does not fit, 1,000 events',
    events: batch,
    body: (round) => many(round, () => ({ data: { amount: 'x' } })),
  },
  {
    name: 'data that does not fit, 1 event',
    events: 1,
    body: (round) => JSON.stringify([orderEvent({ id: `${round}`, data: { amount: 'x' } })]),
  },
  { name: '1,000 numbers, gzip', events: batch, body: () => zipped(`[${'0,'.repeat(batch - 1)}0]`) },
  { name: '1,000 empty objects, gzip', events: batch, body: () => zipped(`[${'{},'.repeat(batch - 1)}{}]`) },
  {
    name: '1,000 encoded twice',
    events: batch,
    body: (round) =>
      JSON.stringify(Array.from({ length: batch }, (_, at) => JSON.stringify(orderEvent({ id: `${round}-${at}` })))),
  },
];

async function run(world: IngestWorld, { body }: Attack, count: number) {
  let bytes = 0;
  const bodies = Array.from({ length: count }, (_, round) => body(round));
  world.publisher.clear();
  const before = process.cpuUsage();
  for (const one of bodies) {
    bytes += Buffer.byteLength(one);
    const answer = await world.post(one, typeof one === 'string' ? {} : { 'content-encoding': 'gzip' });
    if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
    await answer.arrayBuffer();
  }
  const used = process.cpuUsage(before);
  const messages = ['received', 'quarantine'].flatMap((topic) => [...world.publisher.messagesOf(topic)]);
  return {
    micros: used.user + used.system,
    bytes,
    messages: messages.length,
    published: messages.reduce((sum, { data }) => sum + data.length, 0),
  };
}

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
  process.stdout.write(
    'processor time per request, per event and per byte of the body; messages and bytes published per request\n',
  );
  for (const attack of attacks) {
    await run(world, attack, 10);
    const { micros, bytes, messages, published } = await run(world, attack, rounds);
    const per = (total: number, digits = 1) => (total / rounds).toFixed(digits);
    process.stdout.write(
      `${attack.name.padEnd(42)} ${(micros / rounds / 1_000).toFixed(2).padStart(7)} ms  ${(micros / rounds / attack.events).toFixed(1).padStart(7)} µs/event  ` +
        `${((micros * 1_000) / bytes).toFixed(0).padStart(8)} ns/byte  ${per(bytes, 0).padStart(7)} bytes  ${per(messages).padStart(7)} messages  ${per(published, 0).padStart(8)} bytes\n`,
    );
  }
} finally {
  await world.close();
}
