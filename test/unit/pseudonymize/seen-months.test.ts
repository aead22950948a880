import { expect, test } from 'vitest';
import { subjectKeyId } from '../../../shared/erasure/subject-key-id.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { sealAt, startMillis, type TestEvent } from '../../helpers/batches.ts';
import { lookupKey, type PseudonymizeWorldOptions, pseudonymizeWorld } from '../../helpers/pseudonymize-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const type = 'shop.order.v1';
const idOf = (realm: string, subject: string) => subjectKeyId(lookupKey, { realm, subject });
const friend = {
  type: 'string',
  treatment: { do: 'pseudonymize', subject: { realm: 'customer', pointer: '/friend' } },
};

async function seeingWorld(options: Partial<PseudonymizeWorldOptions> = {}) {
  const marked: string[] = [];
  const world = await pseudonymizeWorld({
    schemas: [schemaDocument({ properties: { friend } })],
    usesGate: (operation) => void marked.push(operation),
    ...options,
    config: { inactiveSubjectDays: 400, ...options.config },
  });
  let seeds = 0;
  const send = (events: readonly TestEvent[]) =>
    world.deliver({
      seal: sealAt(startMillis, ++seeds),
      segments: [events],
      receivedAtMillis: world.clock.nowMillis(),
    });
  return { ...world, send, marked, uses: world.databases.subjectUses };
}

const ofJane: TestEvent = { id: 'a', subject: 'jane', source: 'phone', data: { friend: 'joe' } };

test('everybody whose key an event needs is marked in the month in which it comes, once', async () => {
  const { send, marked, uses, clock } = await seeingWorld();
  await send([ofJane, { ...ofJane, id: 'b' }]);
  await send([{ ...ofJane, id: 'c' }]);
  expect(marked).toEqual(['mark']);
  const everybody = [idOf('customer', 'jane'), idOf('customer', 'joe'), idOf('source', 'phone')].sort();
  expect((await uses.seenIn('2026-01', 10)).sort()).toEqual(everybody);
  clock.advance(31 * 86_400_000);
  await send([{ ...ofJane, id: 'd' }]);
  expect((await uses.seenIn('2026-02', 10)).sort()).toEqual(everybody);
  expect(await uses.seenIn('2026-01', 10)).toHaveLength(3);
});

test('an event goes out when its people are marked, and not before', async () => {
  let down = true;
  const { send, rowsOf, uses } = await seeingWorld({
    usesGate: () => {
      if (down) throw new Unavailable('subject-uses', 'down as told');
    },
  });
  await expect(send([ofJane])).rejects.toThrow(Unavailable);
  expect(rowsOf(type)).toEqual([]);
  down = false;
  expect(await send([ofJane])).toBe('done');
  expect(await uses.seenIn('2026-01', 10)).toHaveLength(3);
});

test('nobody is marked where nobody is erased so', async () => {
  const { send, marked } = await seeingWorld({ config: { inactiveSubjectDays: 0 } });
  expect(await send([ofJane])).toBe('done');
  expect(marked).toEqual([]);
});

test('remembers a bounded number of subjects, and asks again beyond it', async () => {
  const { send, marked } = await seeingWorld({ config: { maxCachedUses: 1 } });
  await send([ofJane]);
  await send([{ ...ofJane, id: 'b' }]);
  expect(marked).toEqual(['mark', 'mark']);
});
