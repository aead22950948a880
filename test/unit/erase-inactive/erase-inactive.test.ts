import { afterEach, describe, expect, test } from 'vitest';
import {
  checkEraseInactiveConfig,
  defaultEraseInactiveConfig,
  type EraseInactiveConfig,
} from '../../../functions/erase-inactive/config.ts';
import { start } from '../../../functions/erase-inactive/function.ts';
import { needs } from '../../../functions/erase-inactive/needs.ts';
import { defaultEraseSubjectConfig } from '../../../functions/erase-subject/config.ts';
import { receiptOf } from '../../../functions/erase-subject/receipt.ts';
import { createMemoryPorts } from '../../../shared/adapters/memory/held-ports.ts';
import { generationId, subjectKeyId } from '../../../shared/erasure/subject-key-id.ts';
import { pickPorts } from '../../../shared/needs/held-ports.ts';
import { SettingError } from '../../../shared/needs/settings.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { sealAt, startMillis, type TestEvent } from '../../helpers/batches.ts';
import { serveHandler } from '../../helpers/handler-server.ts';
import { lookupKey, pseudonymizeWorld } from '../../helpers/pseudonymize-world.ts';
import { recordingObserver } from '../../helpers/recording-observer.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const type = 'shop.order.v1';
const dayMillis = 86_400_000;
const [jane, joe, phone] = [
  { realm: 'customer', subject: 'jane' },
  { realm: 'customer', subject: 'joe' },
  { realm: 'source', subject: 'phone' },
];
const idOf = (subject: typeof jane, generation = 0) =>
  generationId(lookupKey, subjectKeyId(lookupKey, subject), generation);

/** The function beside the real pseudonymize, on the same databases. */
async function world(options: { config?: Partial<EraseInactiveConfig>; days?: number } = {}) {
  const { days: inactiveSubjectDays = 90 } = options;
  const failing: { next?: (operation: string) => void } = {};
  const gate = (operation: string) => failing.next?.(operation);
  const made = await pseudonymizeWorld({
    schemas: [schemaDocument()],
    config: { inactiveSubjectDays },
    recordsGate: gate,
    sourcesGate: gate,
    usesGate: gate,
  });
  const { clock, databases } = made;
  const memory = createMemoryPorts({ clock });
  const observer = recordingObserver();
  const config = { ...defaultEraseInactiveConfig, inactiveSubjectDays, ...options.config };
  const { url, close } = await serveHandler(await start(pickPorts(needs, { ...memory, databases }, observer), config));
  closers.push(close);
  let seeds = 0;
  return {
    ...made,
    failing,
    observer,
    url,
    uses: databases.subjectUses,
    announced: () => memory.publisher.messagesOf('subject-erased'),
    send: (event: TestEvent) => {
      const receivedAtMillis = clock.nowMillis();
      const timed = { timeMillis: receivedAtMillis, ...event };
      return made.deliver({ seal: sealAt(receivedAtMillis, ++seeds), segments: [[timed]], receivedAtMillis });
    },
    /** As its schedule does. */
    call: async () => (await fetch(url, { method: 'POST' })).status,
    stored: async (subject: typeof jane, generation = 0) =>
      (await databases.subjectKeys.read([idOf(subject, generation)]))[0],
    /** A day of this year, 2026. */
    until: (month: number, day: number) => clock.advance(Date.UTC(2026, month - 1, day) - clock.nowMillis()),
  };
}

test('who was not seen for long is erased, with the cutoff of an erasure, and others are not', async () => {
  const { send, until, call, stored, uses, clock, databases } = await world();
  await send({ id: 'a', subject: 'jane', source: 'phone' });
  await send({ id: 'b', subject: 'joe', source: 'tablet' });
  until(3, 1);
  await send({ id: 'c', subject: 'joe', source: 'tablet' });
  // January ended 89 days ago.
  until(4, 30);
  expect(await call()).toBe(204);
  expect(await stored(jane)).toMatchObject({ kind: 'keyset' });
  until(5, 2);
  expect(await call()).toBe(204);
  expect(await stored(jane)).toEqual({
    kind: 'tombstone',
    generation: 1,
    erasedAtMillis: clock.nowMillis(),
    cutoffMillis: clock.nowMillis() + 540_000,
  });
  expect(await stored(phone)).toMatchObject({ kind: 'tombstone' });
  expect(await stored(joe)).toMatchObject({ kind: 'keyset' });
  expect(await stored({ realm: 'source', subject: 'tablet' })).toMatchObject({ kind: 'keyset' });
  // Everybody of January was looked at, and who was seen since has that mark.
  expect(await uses.seenIn('2026-01', 10)).toEqual([]);
  expect(await uses.seenIn('2026-03', 10)).toHaveLength(2);
  expect(await databases.subjectSources.sourcesOf(idOf(jane), 10)).toEqual([]);
});

test('who comes back is somebody new, and what happened before is dropped', async () => {
  const { send, until, call, rowsOf, stored, clock, counts } = await world();
  await send({ id: 'a', subject: 'jane', source: 'phone' });
  until(6, 1);
  await call();
  clock.advance(3_600_000);
  expect(await send({ id: 'old', subject: 'jane', source: 'other', timeMillis: startMillis })).toBe('done');
  expect(await send({ id: 'new', subject: 'jane', source: 'other' })).toBe('done');
  const [before, after, ...others] = rowsOf(type);
  expect(others).toEqual([]);
  expect(after?.['subject']).not.toBe(before?.['subject']);
  expect([...counts]).toContainEqual(['erased.own-time', 1]);
  expect(await stored(jane, 1)).toMatchObject({ kind: 'keyset' });
});

test('an installation that is in use stays when its person is inactive', async () => {
  const { send, until, call, stored } = await world();
  await send({ id: 'a', subject: 'jane', source: 'phone' });
  until(5, 1);
  await send({ id: 'b', source: 'phone' });
  until(5, 20);
  await call();
  expect(await stored(jane)).toMatchObject({ kind: 'tombstone' });
  expect(await stored(phone)).toMatchObject({ kind: 'keyset' });
});

test('objections survive', async () => {
  const { send, until, call, stored, databases, clock, rowsOf } = await world();
  await send({ id: 'a', subject: 'jane', source: 'phone' });
  const objection = { kind: 'object', fromMillis: clock.nowMillis() + 1 } as const;
  await databases.subjectKeys.changeObjections([idOf(jane)], objection);
  until(6, 1);
  await call();
  expect(await stored(jane)).toMatchObject({ kind: 'tombstone', objections: [{ fromMillis: objection.fromMillis }] });
  clock.advance(3_600_000);
  await send({ id: 'b', subject: 'jane', source: 'other' });
  expect(rowsOf(type)).toHaveLength(1);
});

test('the erasure has a receipt as any other, and consumers are told that somebody was erased', async () => {
  const { send, until, call, observer, databases, announced, clock } = await world();
  await send({ id: 'a', subject: 'jane', source: 'phone' });
  until(6, 1);
  await call();
  const id = String(observer.entries.find(({ fields }) => fields['erasure'] !== undefined)?.fields['erasure']);
  const stored = await databases.erasures.find(id);
  if (stored === undefined) throw new Error('no erasure is stored');
  const moment = { nowMillis: clock.nowMillis(), sweptQuarantineMillis: 0, sweptRowsMillis: 0 };
  const receipt = receiptOf(stored.erasure, moment, defaultEraseSubjectConfig);
  expect(receipt).toMatchObject({ id, state: 'waits', named: 2, keysDestroyed: 2 });
  const [told, ...others] = announced().map(({ data }) => JSON.parse(Buffer.from(data).toString()));
  expect([told, others]).toEqual([
    { erasure: id, at: 0, pseudonyms: [], deadline: new Date(clock.nowMillis() + 30 * dayMillis).toISOString() },
    [],
  ]);
  expect(JSON.stringify([observer.entries, stored, told])).not.toContain('jane');
});

test('a call takes so many and no more, and the next goes on', async () => {
  const { send, until, call, uses, observer } = await world({ config: { pageSize: 3, maxSubjects: 6 } });
  for (let at = 0; at < 5; at += 1) await send({ id: `${at}`, subject: `person-${at}`, source: `phone-${at}` });
  until(6, 1);
  const left = async () => (await uses.seenIn('2026-01', 100)).length;
  await call();
  expect([await left(), observer.entries.at(-1)?.fields]).toMatchObject([4, { looked: 6, erased: 6, more: true }]);
  await call();
  expect([await left(), observer.entries.at(-1)?.fields]).toMatchObject([0, { looked: 4, erased: 4, more: false }]);
});

test.each(['erase', 'sourcesOf', 'forget', 'amongSeenIn'])('a call that fails at %s is made up for', async (broken) => {
  const { send, until, call, stored, failing, uses } = await world();
  await send({ id: 'a', subject: 'jane', source: 'phone' });
  until(6, 1);
  failing.next = (operation) => {
    if (operation === broken) throw new Unavailable('subject-uses', 'down as told');
  };
  expect(await call()).toBe(503);
  expect(await uses.seenIn('2026-01', 10)).toHaveLength(2);
  delete failing.next;
  expect(await call()).toBe(204);
  expect(await stored(jane)).toMatchObject({ kind: 'tombstone' });
  expect(await uses.seenIn('2026-01', 10)).toEqual([]);
});

test('turned off it erases nobody and takes the marks away: who is in use then would look inactive later', async () => {
  const { uses, until, call, stored, databases } = await world({ days: 0 });
  await databases.subjectKeys.createMissing([{ id: idOf(jane), encryptedKeyset: Uint8Array.of(1) }]);
  await uses.mark('2026-01', [idOf(jane)]);
  await uses.mark('2026-06', [idOf(joe)]);
  until(6, 2);
  expect(await call()).toBe(204);
  expect([await uses.seenIn('2026-01', 10), await uses.seenIn('2026-06', 10)]).toEqual([[], []]);
  expect(await stored(jane)).toMatchObject({ kind: 'keyset' });
});

describe('settings', () => {
  test.each([
    [{ inactiveSubjectDays: 89 }, /EDI_INACTIVE_SUBJECT_DAYS \(89\)/],
    [{ inactiveSubjectDays: 4_000 }, /EDI_INACTIVE_SUBJECT_DAYS \(4000\)/],
    [{ maxCallSeconds: 1_790 }, /the function's timeout/],
    [{ longestEraseSeconds: 60 }, /EDI_LONGEST_ERASE_SECONDS/],
    [{ pageSize: 0 }, /EDI_PAGE_SIZE/],
  ])('%o are refused', (change, message) => {
    const config = { ...defaultEraseInactiveConfig, ...change };
    expect(() => checkEraseInactiveConfig(config, needs.size.timeoutSeconds)).toThrow(SettingError);
    expect(() => checkEraseInactiveConfig(config, needs.size.timeoutSeconds)).toThrow(message);
  });

  test('another method is refused', async () => {
    const { url } = await world();
    expect((await fetch(url)).status).toBe(405);
  });
});
