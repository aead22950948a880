import { topics } from '../../infra/naming.ts';
import { createMemoryPorts } from '../../shared/adapters/memory/held-ports.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { subjectKeyId } from '../../shared/erasure/subject-key-id.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { alphaColumns, alphaSink, sinkColumns, sinkTable } from '../../shared/event-types/alpha.ts';
import type { Column } from '../../shared/event-types/column.ts';
import { readEventSchema } from '../../shared/event-types/event-schema.ts';
import { makeCountingObserver } from '../../shared/observe/json-observer.ts';
import { deadLetterColumns, lossColumns } from '../../shared/operations/columns.ts';
import type { Message } from '../../shared/ports/publisher.ts';
import type { TableColumn } from '../../shared/ports/table-reader.ts';
import { quarantineColumns, replayedColumns } from '../../shared/quarantine/quarantine-columns.ts';
import { makeChaos } from './chaos.ts';
import type { Send } from './clients.ts';
import { schemaObjects, widths } from './documents.ts';
import { startDedup, startIngest, startPseudonymize, startPublishSchema } from './functions.ts';
import { portsOf, rolledBack, spoiled } from './instance-ports.ts';
import { type Instance, makePool, type Surroundings, startInstance } from './instances.ts';
import { makeLines, stageLines, tableLines } from './lines.ts';
import { calmAfterMillis, minute, type Plan } from './plan.ts';
import type { Push } from './push.ts';
import { makeDice, makeScheduler } from './scheduler.ts';
import { makeTables, type Tables } from './tables.ts';
import { makeTrace } from './trace.ts';

export type World = Awaited<ReturnType<typeof makeWorld>>;

/** Everything that runs, over one clock and one source of chance. */
export async function makeWorld(plan: Plan) {
  const dice = makeDice(plan.seed * 2 + 1);
  const scheduler = makeScheduler(makeDice(plan.seed * 2));
  const { clock } = scheduler;
  const startMillis = clock.nowMillis();
  const random = createSeededRandom(dice.below(2 ** 32));
  const held = createMemoryPorts({ clock, random });
  const isCalm = () => clock.nowMillis() - startMillis >= calmAfterMillis;
  let isPrepared = false;
  const chaos = makeChaos(plan.seed, plan.rates, () => !isPrepared || isCalm());
  const observer = { ...makeCountingObserver(), log: () => {} };
  const outages = new Map<string, number>();
  const isAway = (name: string) => name === 'nothing reaches it' || (outages.get(name) ?? 0) > clock.nowMillis();
  /** Nobody has this until then. */
  const away = (name: string, untilMillis: number) =>
    void outages.set(name, Math.max(untilMillis, outages.get(name) ?? 0));
  const around: Surroundings = { dice, scheduler, chaos, isAway };
  const tables = makeTables(held.tables);
  const trace = makeTrace(clock);
  const lines = makeLines({ dice, scheduler, chaos, onStored: trace.stored });
  const registry = rolledBack(held.databases.registry, () => isAway('newest revisions'));

  const subjectKeys = spoiled(held.databases.subjectKeys, (id) => isAway(`key ${id}`));

  function portsFor(instance: Instance, room: string) {
    const databases = room === 'pseudonymize' ? { ...held.databases, registry, subjectKeys } : held.databases;
    const store = (topic: string, messages: readonly Message[]) => {
      trace.published(room, topic, messages);
      lines.publish(topic, messages);
    };
    return portsOf(instance, { ...held, databases }, { ...around, store });
  }
  const pool = <S>(room: string, size: number, start: (held: ReturnType<typeof portsFor>) => Promise<S>) =>
    makePool(around, size, (instance) => start(portsFor(instance, room)));
  function push(name: string, topic: string, { any }: { any: () => Promise<Push> }): void {
    lines.subscribe({ name, topic, ...stageLines }, async (message) => {
      if (isAway(`stage ${name}`)) return 'retry';
      const status = await (await any())(message);
      return status === 204 ? 'done' : 'retry';
    });
  }
  const ingests = pool('ingest', 1, (ports) => startIngest(ports, observer));
  const dedups = pool('dedup', 2, (ports) => startDedup(ports, observer));
  push('dedup', topics.received, dedups);
  push(
    'pseudonymize',
    topics.deduplicated,
    pool('pseudonymize', 2, (ports) => startPseudonymize(ports, observer)),
  );
  const publishes = pool('publish-schema', 1, (ports) => startPublishSchema(ports, observer));
  push('publish-schema', topics.schemaUploads, publishes);

  function writeTable(topic: string, table: string): void {
    lines.subscribe({ name: `to-table.${topic}`, topic, ...tableLines }, async ({ data }) => {
      await scheduler.turn();
      if (isAway(`table ${table}`)) return 'retry';
      const row: JsonObject = JSON.parse(Buffer.from(data).toString('utf8'));
      if (tables.append(table, row, clock.nowMillis()) === 'refused') return 'retry';
      if (chaos.strikes('row-twice')) tables.append(table, row, clock.nowMillis());
      return 'done';
    });
  }
  deploy(tables, alphaSink, alphaColumns, 0);
  deploy(tables, 'quarantine', quarantineColumns, 0);
  deploy(tables, 'losses', lossColumns, 0);
  deploy(tables, 'dead_letters', deadLetterColumns, 0);
  deploy(tables, 'replayed', replayedColumns, 0);
  writeTable(topics.losses, 'losses');
  writeTable(topics.replayed, 'replayed');
  writeTable(topics.deadLetters, 'dead_letters');
  writeTable(topics.quarantine, 'quarantine');
  writeTable(`event.${alphaSink}`, alphaSink);

  /** What a deployment does before a schema is uploaded; a new column takes minutes to be taken. */
  function deploySchema({ document }: { readonly document: JsonObject }, delayMillis: number): void {
    const read = readEventSchema(document);
    if (read.kind === 'bad') throw new Error(JSON.stringify(read.problems));
    const { edi } = read.eventSchema;
    const table = sinkTable(edi);
    const isNew = !held.tables.has(`events_raw.${table}`);
    deploy(tables, table, sinkColumns(read.eventSchema), isNew ? 0 : clock.nowMillis() + delayMillis);
    if (isNew) writeTable(`event.${edi.type}`, table);
  }

  /** Uploads an object; Cloud Storage tells of it. */
  async function upload({ name, document }: { readonly name: string; readonly document: JsonObject }): Promise<string> {
    const { schemas } = held.buckets;
    await schemas.put(name, Buffer.from(JSON.stringify(document)));
    const generation = (await schemas.get(name))?.generation ?? '';
    const attributes = {
      eventType: 'OBJECT_FINALIZE',
      bucketId: schemas.name,
      objectId: name,
      objectGeneration: generation,
    };
    lines.publish(topics.schemaUploads, [{ data: new Uint8Array(), attributes }]);
    return generation;
  }

  const send: Send = async (request) => {
    await scheduler.turn();
    const ingest = await ingests.any();
    const answer = await ingest(request);
    if (chaos.strikes('slow-answer')) await new Promise<void>((resolve) => clock.after(2 * minute, resolve));
    return answer;
  };

  /** All that is published at the start, before anybody sends. */
  async function prepare(): Promise<void> {
    deploySchema(schemaObjects.order, 0);
    for (const object of [widths.days, schemaObjects.order, schemaObjects.trial]) {
      await upload(object);
      await scheduler.run(5_000);
    }
    const state = await held.databases.registry.read();
    if (state === 'unchanged' || state.revisions.length !== 2) throw new Error('the schemas were not published');
    isPrepared = true;
  }
  await prepare();

  return {
    ...around,
    plan,
    startMillis: clock.nowMillis(),
    isCalm,
    held,
    observer,
    tables,
    trace,
    lines,
    send,
    upload,
    deploySchema,
    away,
    spoilKey(person: string, untilMillis: number) {
      const id = subjectKeyId(held.secrets.lookupKey, { realm: 'customer', subject: person });
      away(`key ${id}`, untilMillis);
    },
    dedups,
    /** Whether an upload is in use, and what new instances start from says so. */
    async isPublished(subject: string, generation: string) {
      const attempts = await held.databases.registry.attempts();
      return attempts.some(
        (one) => one.subject === subject && one.generation === generation && one.outcome === 'activated',
      );
    },
    newInstance: () => startInstance(around),
    portsFor,
  };
}

function deploy(tables: Tables, table: string, columns: readonly Column[], fromMillis: number): void {
  tables.deploy(table, tableOf(columns), fromMillis);
}

function tableOf(columns: readonly Column[]): TableColumn[] {
  return columns.map(({ name, type, mode, fields }) => {
    return { name, type, mode, ...(fields === undefined ? {} : { fields: tableOf(fields) }) };
  });
}
