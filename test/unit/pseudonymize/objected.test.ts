import { expect, test } from 'vitest';
import { keysOf, subjectKeyId } from '../../../shared/erasure/subject-key-id.ts';
import type { DataSubject } from '../../../shared/event-types/project.ts';
import { sealAt, startMillis } from '../../helpers/batches.ts';
import { lookupKey, type PseudonymizeWorld, pseudonymizeWorld } from '../../helpers/pseudonymize-world.ts';
import { day, schemaDocument } from '../../helpers/schemas.ts';

const type = 'shop.order.v1';
const jane = { realm: 'customer', subject: 'jane' };
const phone = { realm: 'source', subject: 'installation-1' };
const treated = { do: 'pseudonymize', subject: { realm: 'customer', pointer: '0' } };
const schema = schemaDocument({ properties: { buyer: { type: 'string', treatment: treated } } });
const objectedAt = startMillis + day;
const withdrawnAt = startMillis + 2 * day;

const idOf = (subject: DataSubject) => subjectKeyId(lookupKey, subject);
let seeds = 0;

/** Received at that time, and handled long after, by an instance that has no key in its cache. */
async function receive(
  world: PseudonymizeWorld,
  receivedAtMillis: number,
  subject = 'jane',
  source = 'installation-1',
) {
  world.clock.advance(day);
  const id = `event-${++seeds}`;
  const event = { id, subject, source, timeMillis: startMillis, data: { buyer: 'jane' } };
  expect(await world.deliver({ seal: sealAt(startMillis, seeds), receivedAtMillis, segments: [[event]] })).toBe('done');
}

async function stored(world: PseudonymizeWorld, receivedAtMillis: number, subject = 'jane', source?: string) {
  const before = world.rowsOf(type).length;
  await receive(world, receivedAtMillis, subject, source);
  return world.rowsOf(type).length > before;
}

test.each([
  ['a person', jane],
  ['an installation', phone],
])('%s: what is received while an objection lasts is dropped and counted, whenever it is handled', async (_, who) => {
  const world = await pseudonymizeWorld({ schemas: [schema] });
  expect(await stored(world, startMillis)).toBe(true);
  await world.records.changeObjections([idOf(who)], { kind: 'object', fromMillis: objectedAt });
  expect(await stored(world, objectedAt - 1)).toBe(true);
  expect(await stored(world, objectedAt)).toBe(false);
  expect(await stored(world, withdrawnAt)).toBe(false);
  await world.records.changeObjections([idOf(who)], { kind: 'withdraw', untilMillis: withdrawnAt });
  expect(await stored(world, withdrawnAt - 1)).toBe(false);
  expect(await stored(world, withdrawnAt)).toBe(true);
  expect(world.counts.get('lost.objected')).toBe(3);
  expect(world.remainders()).toEqual([]);
  const losses = world.publisher.messagesOf('losses').map(({ data }) => JSON.parse(Buffer.from(data).toString()));
  expect(losses.map(({ reason, events }) => [reason, events])).toEqual(Array(3).fill(['objected', 1]));
  expect(JSON.stringify(losses)).not.toMatch(/jane|installation/);
  // One key, before and after: an objection is no erasure.
  expect(new Set(world.rowsOf(type).map(({ subject }) => subject)).size).toBe(1);
});

test('others are stored, with what they say of the person, and nothing records where the person was seen', async () => {
  const world = await pseudonymizeWorld({ schemas: [schema] });
  await world.records.changeObjections([idOf(jane)], { kind: 'object', fromMillis: objectedAt });
  expect(await stored(world, withdrawnAt)).toBe(false);
  expect(await stored(world, withdrawnAt, 'joe', 'installation-2')).toBe(true);
  const [row] = world.rowsOf(type);
  expect(await world.reveal(jane, Object(row?.['data'])['buyer'], 1)).toBe('jane');
  expect(await world.sources.subjectsOf(idOf(phone), 9)).toEqual([]);
});

test('an objection outlasts an erasure, and the later key makes no row before it is withdrawn', async () => {
  const world = await pseudonymizeWorld({ schemas: [schema] });
  await receive(world, startMillis);
  await world.records.changeObjections([idOf(jane)], { kind: 'object', fromMillis: objectedAt });
  const times = { erasedAtMillis: startMillis + 1, cutoffMillis: startMillis + 2 };
  await world.records.erase([keysOf(lookupKey, idOf(jane))], times);
  world.clock.advance(day);
  const later = { id: 'later', subject: 'jane', timeMillis: withdrawnAt, data: {} };
  const batch = (seed: number) => ({
    seal: sealAt(startMillis, seed),
    receivedAtMillis: withdrawnAt,
    segments: [[later]],
  });
  expect(await world.deliver(batch(1_001))).toBe('done');
  expect(world.rowsOf(type)).toHaveLength(1);
  expect(world.counts.get('lost.objected')).toBe(1);
  await world.records.changeObjections([idOf(jane)], { kind: 'withdraw', untilMillis: withdrawnAt });
  world.clock.advance(day);
  expect(await world.deliver(batch(1_002))).toBe('done');
  const [before, after] = world.rowsOf(type);
  expect(after?.['subject']).not.toBe(before?.['subject']);
  expect(await world.reveal(jane, after?.['subject'], 1)).toBe('jane');
});

test('who objects costs no read more', async () => {
  const reads: string[] = [];
  const recordsGate = (operation: string) => void reads.push(operation);
  const world = await pseudonymizeWorld({ schemas: [schema], recordsGate });
  await receive(world, startMillis);
  reads.splice(0);
  await receive(world, startMillis);
  const usual = reads.splice(0);
  await world.records.changeObjections([idOf(jane)], { kind: 'object', fromMillis: objectedAt });
  reads.splice(0);
  await receive(world, withdrawnAt);
  expect(reads).toEqual(usual);
});
