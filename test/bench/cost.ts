import { join } from 'node:path';
import { loadPlaybackExamples, playbackType } from '../../infra/cli/demo/playback-events.ts';
import { eventTopic } from '../../infra/naming.ts';
import { readSchemaFolder } from '../../shared/schema-language/schema-folder.ts';
import { sealAt, sealedMessage, startMillis, type TestEvent } from '../helpers/batches.ts';
import { projectFolder } from '../helpers/local-process.ts';
import { pseudonymizeWorld } from '../helpers/pseudonymize-world.ts';

// Sizes and times behind the assumptions of `edi cost`: npm run bench -- cost

const batches = 400;
const people = 2_000;
const sizes = [1, 10, 50, 200, 500];

const folder = join(projectFolder, 'schemas');
const examples = await loadPlaybackExamples(folder);
const { schemas } = await readSchemaFolder(folder);
const schema = schemas.find(({ edi }) => edi.type === playbackType)?.schema;
if (schema === undefined) throw new Error(`${playbackType} is not in ${folder}`);
const world = await pseudonymizeWorld({ schemas: [schema] });

/** What a phone sends: events of one person, seconds or minutes apart. */
function eventsOf(batch: number, count: number): TestEvent[] {
  return Array.from({ length: count }, (_, at) => {
    const person = (batch * 7 + count) % people;
    const timeMillis = startMillis - (count - at) * 61_417 - batch;
    const example = examples[(batch + at) % examples.length] ?? {};
    return {
      id: crypto.randomUUID(),
      source: `urn:app:installation:${crypto.randomUUID().slice(0, 8)}${person}`,
      type: playbackType,
      timeMillis,
      subject: `customer-${person}`,
      data: {
        ...example,
        ms_played: 30_000 + ((batch * 31 + at) % 200_000),
        track: { track_id: `trk-${(batch * 13 + at) % 9_000}` },
      },
    };
  });
}

const utf8 = new TextEncoder();
console.log('events  JSON bytes/event  sealed bytes/event  sealed share');
for (const size of sizes) {
  let [json, sealed] = [0, 0];
  for (let batch = 0; batch < batches; batch++) {
    const events = eventsOf(batch, size).map((event) => ({ ...event, source: `urn:app:installation:${batch}` }));
    const text = JSON.stringify(
      events.map(({ id, source, type, timeMillis, subject, data }) => ({
        specversion: '1.0',
        id,
        source,
        type,
        time: new Date(timeMillis ?? 0).toISOString(),
        subject,
        data,
      })),
    );
    const message = sealedMessage({ seal: sealAt(startMillis, batch), segments: [events] });
    json += utf8.encode(text).length;
    sealed += message.data.length + utf8.encode(JSON.stringify(message.attributes)).length;
  }
  const events = batches * size;
  const row = [size, Math.round(json / events), Math.round(sealed / events), (sealed / json).toFixed(2)];
  console.log(row.map((cell, at) => String(cell).padStart([6, 18, 20, 14][at] ?? 0)).join(''));
}

const startedMillis = performance.now();
const perBatch = 50;
for (let batch = 0; batch < batches; batch++) {
  const outcome = await world.deliver({ seal: sealAt(startMillis, batch), segments: [eventsOf(batch, perBatch)] });
  if (outcome !== 'done') throw new Error(outcome);
}
const micros = ((performance.now() - startedMillis) * 1_000) / (batches * perBatch);
const rows = world.publisher.messagesOf(eventTopic(playbackType));
const rowBytes = rows.reduce((sum, { data }) => sum + data.length, 0) / rows.length;
console.log(`rows    ${Math.round(rowBytes)} bytes each`);
console.log(`pseudonymize, batches of ${perBatch}: ${micros.toFixed(1)} µs an event, publishing left out`);
