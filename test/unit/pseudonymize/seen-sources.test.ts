import { expect, test } from 'vitest';
import { generationId, keysOf, subjectKeyId } from '../../../shared/erasure/subject-key-id.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { sealAt, startMillis, type TestEvent } from '../../helpers/batches.ts';
import { lookupKey, type PseudonymizeWorldOptions, pseudonymizeWorld } from '../../helpers/pseudonymize-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const type = 'shop.order.v1';
const idOf = (realm: string, subject: string, generation = 0) =>
  generationId(lookupKey, subjectKeyId(lookupKey, { realm, subject }), generation);
const person = (name: string, generation = 0) => idOf('customer', name, generation);
const source = (name: string) => idOf('source', name);

async function seeingWorld(options: Partial<PseudonymizeWorldOptions> = {}) {
  const world = await pseudonymizeWorld({ schemas: [schemaDocument()], ...options });
  let seeds = 0;
  const send = (events: readonly TestEvent[], receivedAtMillis = startMillis) =>
    world.deliver({ seal: sealAt(startMillis, ++seeds), segments: [events], receivedAtMillis });
  const seenWith = async (subjectId: string) => (await world.sources.sourcesOf(subjectId, 100)).sort();
  return { ...world, send, seenWith };
}

test('an installation is recorded once for each person of its events, by ids that tell neither', async () => {
  const recorded: string[] = [];
  const { send, seenWith } = await seeingWorld({ sourcesGate: (operation) => void recorded.push(operation) });
  const event = (id: string, subject: string, of: string): TestEvent => ({ id, subject, source: of });
  await send([event('a', 'jane', 'phone'), event('b', 'jane', 'phone'), event('c', 'jane', 'tablet')]);
  await send([event('d', 'jane', 'phone'), { id: 'e', source: 'sensor' }]);
  expect(recorded).toEqual(['record']);
  await send([event('f', 'joe', 'tablet')]);
  expect(recorded).toEqual(['record', 'record']);
  expect(await seenWith(person('jane'))).toEqual([source('phone'), source('tablet')].sort());
  expect(await seenWith(person('joe'))).toEqual([source('tablet')]);
});

test('an event goes out when its installation is recorded, and not before', async () => {
  let down = true;
  const { send, rowsOf, seenWith } = await seeingWorld({
    sourcesGate: () => {
      if (down) throw new Unavailable('subject-sources', 'down as told');
    },
  });
  await expect(send([{ id: 'a', subject: 'jane', source: 'phone' }])).rejects.toThrow(Unavailable);
  expect(rowsOf(type)).toEqual([]);
  down = false;
  expect(await send([{ id: 'a', subject: 'jane', source: 'phone' }])).toBe('done');
  expect(await seenWith(person('jane'))).toEqual([source('phone')]);
});

test('a new life of a person is seen anew, with the installation by its first id', async () => {
  const { send, seenWith, records, clock } = await seeingWorld();
  await send([{ id: 'a', subject: 'jane', source: 'phone' }]);
  const times = { erasedAtMillis: startMillis + 1_000, cutoffMillis: startMillis + 2_000 };
  const erased = [person('jane'), source('phone')];
  await records.erase(
    erased.map((id) => keysOf(lookupKey, id)),
    times,
  );
  clock.advance(3_600_000);
  const late = { id: 'b', subject: 'jane', source: 'phone', timeMillis: clock.nowMillis() };
  await send([late], startMillis);
  expect(await seenWith(person('jane', 1))).toEqual([]);
  await send([late], clock.nowMillis());
  expect(await seenWith(person('jane', 1))).toEqual([source('phone')]);
});

test('remembers a bounded number of pairs, and asks again beyond it', async () => {
  let calls = 0;
  const { send } = await seeingWorld({ config: { maxCachedPairs: 1 }, sourcesGate: () => void calls++ });
  for (const subject of ['jane', 'joe', 'joe', 'jane']) await send([{ id: subject, subject, source: 'phone' }]);
  expect(calls).toBe(3);
});
