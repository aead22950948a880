import { defaultReplayConfig } from '../../functions/replay/config.ts';
import { topics } from '../../infra/naming.ts';
import { createMemoryQuarantineRecords } from '../../shared/adapters/memory/quarantine-records.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { makeEventTypes } from '../../shared/event-types/event-types.ts';
import type { Message } from '../../shared/ports/publisher.ts';
import { replayToEnd } from '../helpers/replay.ts';
import { schemaObjects, widths } from './documents.ts';
import { erasePerson } from './erasures.ts';
import { calmAfterMillis, day, hour, minute, type PlannedStep, types } from './plan.ts';
import type { World } from './world.ts';

/** Reasons for which ingest or pseudonymize refuses what may pass later. */
const reasons = ['schema', 'unknown-type', 'revision', 'mapping', 'time', 'subject-key'] as const;
const tables = ['shop_order_v1', 'shop_trial_v1', 'alpha', 'quarantine'] as const;

/** Does what the plan has operators and the platform do, each at its time. */
export function scheduleSteps(world: World): void {
  const { clock } = world.scheduler;
  for (const step of world.plan.steps) clock.after(step.atMillis, () => start(world, step));
  expireSome(world);
  // When all is calm everything that can come in comes in, so that a refusal that nobody replays is not taken for a way.
  for (const [at, reason] of reasons.entries()) {
    const replayOnce = () => void replay(world, reason).catch(() => undefined);
    clock.after(calmAfterMillis + 2 * day + at * hour, replayOnce);
  }
}

/** What Firestore's TTL policy does: deletes some of what has expired, up to days after. */
function expireSome(world: World): void {
  const { scheduler, chaos, dice, held } = world;
  scheduler.clock.after(12 * hour, () => {
    const lateMillis = chaos.strikes('late-expiry') ? dice.below(3 * day) : 4 * day;
    void held.databases.claims.purgeExpired(scheduler.clock.nowMillis() - lateMillis, 1 + dice.below(5));
    expireSome(world);
  });
}

function start(world: World, { kind, lengthMillis, subject }: PlannedStep): void {
  const { clock } = world.scheduler;
  const until = Math.min(clock.nowMillis() + lengthMillis, world.startMillis + calmAfterMillis);
  world.chaos.tell(kind);
  switch (kind) {
    case 'replay':
      void replay(world, reasons[subject % reasons.length] ?? 'schema').catch(() => undefined);
      return;
    case 'late':
      publishType(world, schemaObjects.late);
      return;
    case 'revision':
      publishType(world, schemaObjects.orderWithColour);
      return;
    case 'promotion':
      publishType(world, schemaObjects.promotedTrial);
      return;
    case 'width-swap':
      void swapWidths(world);
      return;
    case 'stage-away':
      world.away(`stage ${subject % 2 === 0 ? 'dedup' : 'pseudonymize'}`, until);
      return;
    case 'topic-refuses':
      world.away(`topic ${[topics.deduplicated, topics.quarantine, `event.${types.order}`][subject % 3]}`, until);
      return;
    case 'table-away':
      world.away(`table ${tables[subject % tables.length]}`, until);
      return;
    case 'claims-away':
      world.away('claims', until);
      return;
    case 'registry-away':
      world.away('registry', until);
      return;
    case 'keys-away':
      world.away('keys', until);
      return;
    case 'erase':
      void erasePerson(world, `person-${subject % 3}`);
      return;
    case 'rollback':
      world.away('newest revisions', until);
      return;
    case 'bad-key':
      world.spoilKey(`person-${subject % 3}`, until);
      return;
  }
}

/** Its table first, then the schema, as a deployment does. */
function publishType(world: World, object: Parameters<World['deploySchema']>[0] & { readonly name: string }): void {
  world.deploySchema(object, world.dice.below(20 * minute));
  void world.upload(object);
}

async function replay(world: World, reason: string): Promise<void> {
  const { scheduler, tables: stored, held, observer } = world;
  await scheduler.turn();
  const { clock, publisher, databases } = world.portsFor(world.newInstance(), 'replay');
  const rows = (table: string) => stored.rowsOf(table).map(({ row }) => messageOf(row));
  const ports = {
    records: createMemoryQuarantineRecords(
      () => rows('quarantine'),
      () => rows('replayed'),
    ),
    replays: databases.replays,
    eventTypes: makeEventTypes({ registry: databases.registry, clock }),
    publisher,
    receivedTopic: topics.received,
    replayedTopic: topics.replayed,
    privateKey: held.secrets.quarantinePrivateKey,
    clock,
    random: held.random,
    observer: { ...observer, log: () => undefined },
    config: { ...defaultReplayConfig, maxStepRecords: 3 },
  };
  await replayToEnd(ports, { filter: { reason } });
}

/** By the three-step rule: each step when all instances have the last, and the end one look-back after the swap. */
async function swapWidths(world: World): Promise<void> {
  const { clock } = world.scheduler;
  const pause = (millis: number) => new Promise<void>((resolve) => clock.after(millis, resolve));
  for (const [object, waitMillis] of [
    [widths.bothFirst, 0],
    [widths.bothThen, 29 * day],
    [widths.hours, 0],
  ] as const) {
    const generation = await world.upload(object);
    while (!(await world.isPublished(object.name, generation))) await pause(6 * hour);
    world.dedups.replaceAll();
    await pause(waitMillis);
  }
}

function messageOf(row: JsonObject): Message {
  return { data: Buffer.from(JSON.stringify(row)), attributes: {} };
}
