import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { defaultPseudonymizeConfig } from '../../functions/pseudonymize/config.ts';
import { pseudonymizePorts } from '../../functions/pseudonymize/function.ts';
import { needs } from '../../functions/pseudonymize/needs.ts';
import { makePseudonymizeStage } from '../../functions/pseudonymize/stage.ts';
import { decryptKeyset } from '../../shared/crypto/tink-aead.ts';
import { type DeterministicAead, makeDeterministicAead } from '../../shared/crypto/tink-deterministic-aead.ts';
import { subjectKeyId } from '../../shared/erasure/subject-key-id.ts';
import { eventKeysOf } from '../../shared/event/event-key.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { sourceRealm } from '../../shared/event/realm.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';
import { pickPorts } from '../../shared/needs/held-ports.ts';
import { makeCountingObserver } from '../../shared/observe/json-observer.ts';
import type { Message } from '../../shared/ports/publisher.ts';
import { delivered, forwarded, sealAt, sealedMessage, startMillis, testNamespace } from '../helpers/batches.ts';
import { memoryPortsWith } from '../helpers/memory-ports.ts';
import { schemaDocument } from '../helpers/schemas.ts';
import { profile } from './profile.ts';
import { spreadOf, spreadText, takeTurns } from './turns.ts';

/*
 * The stage of pseudonymize over memory ports, beside the cryptography alone that its rows need, in turns:
 * npm run bench -- pseudonymize [--rounds 9] [--batch 50] [--fields 1,5,20] [--keys warm,cold] [--json FILE]
 * [--profile]
 *
 * No two values are equal, so each is encrypted. Warm: the keys of a batch's one source and subject are cached. Cold: no key
 * is cached, and every event is of another source and another subject. The cryptography alone is, of each row, `event_key`
 * and the ciphertexts of source, subject and fields as base64; of each batch, the key ids of its people, and cold the opening
 * of their keysets. The stage remembers ciphertexts that repeat, warm those of source and subject: "calls" is what of the
 * cryptography it really calls.
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    batch: { type: 'string', default: '50' },
    fields: { type: 'string', default: '1,5,20' },
    keys: { type: 'string', default: 'warm,cold' },
    json: { type: 'string' },
    profile: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const batchEvents = Number(values.batch);
const type = 'shop.order.v1';
const fieldCounts = values.fields.split(',').map(Number);
const temperatures = (['warm', 'cold'] as const).filter((one) => values.keys.split(',').includes(one));
/** Batches of warm rounds are of so few people that nothing of what a subject's cipher remembers is asked for again. */
const warmPeople = 10;

interface Scenario {
  readonly temperature: (typeof temperatures)[number];
  readonly fields: number;
  /** In one round. */
  readonly events: number;
}

interface BenchEvent {
  readonly id: string;
  readonly source: string;
  readonly subject: string;
  readonly timeMillis: number;
  readonly data: Record<string, string | number>;
}

const idOf = (at: number) => `0198c3a0-0000-7000-8000-${String(at).padStart(12, '0')}`;

function schemaOf(fields: number): JsonObject {
  const names = Array.from({ length: fields }, (_, at) => `field${at}`);
  const treated = Object.fromEntries(
    names.map((name) => [name, { type: 'string', treatment: { do: 'pseudonymize' } }]),
  );
  const properties = { ...treated, item: { type: 'string' }, quantity: { type: 'integer' } };
  return schemaDocument({ type, properties, required: [...names, 'item', 'quantity'] });
}

function batchesOf({ temperature, fields, events }: Scenario): BenchEvent[][] {
  return Array.from({ length: events / batchEvents }, (_, batch) =>
    Array.from({ length: batchEvents }, (_, place) => {
      const at = batch * batchEvents + place;
      const person = temperature === 'warm' ? batch % warmPeople : at;
      const data: Record<string, string | number> = { item: `article-${at % 100}`, quantity: (at % 9) + 1 };
      for (let field = 0; field < fields; field++) data[`field${field}`] = `value ${field} of event ${at}`;
      const timeMillis = startMillis + at;
      return { id: idOf(at), source: `installation-${person}`, subject: `person-${person}`, timeMillis, data };
    }),
  );
}

/** The stage, and the cryptography that its rows need. */
async function setUp(scenario: Scenario) {
  const { temperature, fields } = scenario;
  const batches = batchesOf(scenario);
  const held = await memoryPortsWith([schemaOf(fields)]);
  const observer = makeCountingObserver();
  const publisher = { publish: async (_: string, [row]: readonly Message[]) => assertTreated(row, fields) };
  const cold = temperature === 'cold';
  const config = { ...defaultPseudonymizeConfig, ...(cold ? { maxCachedKeys: 1, maxCachedPairs: 1 } : {}) };
  const ports = await pseudonymizePorts(pickPorts(needs, { ...held, publisher }, observer), config);
  const stage = makePseudonymizeStage(ports);
  const messages = batches.map((events, at) => {
    const marks = events.map(() => forwarded);
    return delivered(sealedMessage({ seal: sealAt(startMillis, at), segments: [events], marks }));
  });
  const runStage = async () => {
    const before = observer.counts.get('delivered') ?? 0;
    for (const message of messages) await stage(message);
    const rows = (observer.counts.get('delivered') ?? 0) - before;
    if (rows !== scenario.events) throw new Error(`${scenario.events} events became ${rows} rows`);
  };
  await runStage();

  const { lookupKey, identityKey } = held.secrets;
  const eventKeys = eventKeysOf(identityKey);
  const master = await held.secrets.masterKeyset.aead();
  const opened = async (subject: DataSubject): Promise<() => DeterministicAead> => {
    const id = subjectKeyId(lookupKey, subject);
    const [stored] = await held.databases.subjectKeys.read([id]);
    if (stored?.kind !== 'keyset') throw new Error('a key was not made');
    return () => {
      const keyset = decryptKeyset(master, stored.encryptedKeyset, {
        type: 'AesSivKey',
        associatedData: Buffer.from(id),
      });
      if (keyset.kind === 'unreadable') throw new Error(keyset.problem);
      return makeDeterministicAead(keyset.keyset);
    };
  };
  const plans = await Promise.all(
    batches.map(async (events) => {
      const people = new Map(
        events.flatMap(({ source, subject }) => [
          [`source ${source}`, { realm: sourceRealm, subject: source }],
          [`subject ${subject}`, { realm: 'customer', subject }],
        ]),
      );
      const keys = new Map<string, () => DeterministicAead>();
      for (const [name, person] of people) {
        const open = await opened(person);
        const cached = cold ? undefined : open();
        keys.set(name, () => cached ?? open());
      }
      const identities = events.map(({ id, source, timeMillis }) => ({ id, source, timeMicros: timeMillis * 1_000 }));
      return { events, people, keys, identities };
    }),
  );
  const runCryptography = (remembers: boolean) => () => {
    for (const { events, people, keys, identities } of plans) {
      const aeads = new Map<string, DeterministicAead>();
      for (const [name, person] of people) {
        subjectKeyId(lookupKey, person);
        const aead = keys.get(name)?.();
        if (aead === undefined) throw new Error('a key is missing');
        aeads.set(name, aead);
        if (cold && remembers) encrypt(aead, person.subject);
      }
      eventKeys(testNamespace, identities);
      for (const { source, subject, data } of events) {
        const aead = aeads.get(`subject ${subject}`);
        const ofSource = aeads.get(`source ${source}`);
        if (!remembers && aead && ofSource) {
          encrypt(ofSource, source);
          encrypt(aead, subject);
        }
        for (let field = 0; field < fields && aead; field++) encrypt(aead, String(data[`field${field}`]));
      }
    }
  };
  return { runStage, runCryptography };
}

/** One row of each batch is looked at: what is not encrypted costs nothing. */
function assertTreated(message: Message | undefined, fields: number): void {
  const row: JsonObject = JSON.parse(Buffer.from(message?.data ?? []).toString());
  const data = row['data'] ?? {};
  const treated = Object.entries(data).filter(
    ([name, value]) => /^field/.test(name) && /^A[\w+/]{40,}/.test(`${value}`),
  );
  if (treated.length !== fields) throw new Error(`${treated.length} of ${fields} fields are encrypted`);
}

function encrypt(aead: DeterministicAead, text: string): string {
  return aead.encryptText(text);
}

const results = [];
for (const temperature of temperatures) {
  for (const fields of fieldCounts) {
    const events = (temperature === 'warm' ? 20_000 : 5_000) / (fields === 20 ? 2 : 1);
    const { runStage, runCryptography } = await setUp({ temperature, fields, events });
    if (values.profile) {
      console.log(`${temperature}, ${fields} treated fields: self time by function`);
      const repeated = async () => {
        for (let round = 0; round < rounds; round++) await runStage();
      };
      for (const line of await profile(repeated)) console.log(`  ${line}`);
      continue;
    }
    const ways = [
      { name: 'stage', run: runStage },
      { name: 'cryptography', run: runCryptography(false) },
      { name: 'calls', run: runCryptography(true) },
    ];
    const seconds = await takeTurns(ways, rounds);
    const [stage = [], cryptography = [], calls = []] = ways.map(({ name }) => seconds.get(name));
    const perSecond = spreadOf(stage.map((one) => events / one));
    const ratio = spreadOf(stage.map((one, at) => one / (cryptography[at] ?? 0)));
    const ofCalls = spreadOf(stage.map((one, at) => one / (calls[at] ?? 0)));
    const micros = [stage, cryptography].map((one) => (spreadOf(one).median / events) * 1_000_000);
    results.push({
      temperature,
      fields,
      perSecond,
      ratio,
      ofCalls,
      stageMicros: micros[0],
      cryptographyMicros: micros[1],
    });
    console.log(
      `${temperature}, ${String(fields).padStart(2)} fields: ${spreadText(perSecond, 0).padEnd(28)} events/s, ` +
        `${micros[0]?.toFixed(1)} us an event, cryptography ${micros[1]?.toFixed(1)} us, ratio ${spreadText(ratio, 2)}, to calls ${ofCalls.median.toFixed(2)}`,
    );
  }
}
const machine = `${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`;
console.log(`${batchEvents} events a batch; ${machine}`);
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ machine, batchEvents, results }, null, 2)}\n`);
