import fc from 'fast-check';
import { expect, test } from 'vitest';
import { delivered, marksOf, sealAt, sealedMessage, startMillis } from '../../helpers/batches.ts';
import { dedupWorld } from '../../helpers/dedup-world.ts';
import { day } from '../../helpers/schemas.ts';

/** An event of the property: few sources and times, so that batches meet in the same documents. */
const anEvent = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  source: fc.constantFrom('s', 't'),
  bucket: fc.nat({ max: 1 }),
});
const aBatch = fc.array(anEvent, { minLength: 1, maxLength: 5 });
/** What happens to each publish, in turn. */
const fates = fc.array(fc.constantFrom('stored', 'crash-before', 'crash-after'), { maxLength: 12 });

test('whatever races, crashes and is delivered again: all is forwarded, by one owner, and repeats are marked', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(aBatch, { minLength: 1, maxLength: 5 }),
      fates,
      async (s, batches, plan) => {
        const left = [...plan];
        const world = await dedupWorld(
          {
            documents: (operation) => s.schedule(Promise.resolve(), operation),
            publisher: async (operation) => {
              await s.schedule(Promise.resolve(), operation);
              const fate = left.shift();
              if (fate === 'crash-before') world.publisher.failNext(1, 'not-stored');
              if (fate === 'crash-after') world.publisher.failNext(1, 'stored');
            },
          },
          // No turns: deliveries race as on instances of their own.
          { maxClaimRounds: 3, maxDocumentBytes: 200, maxTurnWaitMillis: 0 },
        );
        const identities = batches.map((events) => events.map(({ id, source, bucket }) => `${source}/${id}/${bucket}`));
        const messages = batches.map((events, at) => {
          const segment = events.map(({ id, source, bucket }) => ({
            id,
            source,
            timeMillis: startMillis + bucket * day,
          }));
          return sealedMessage({ seal: sealAt(startMillis, at), segments: [segment] });
        });
        /** Pub/Sub: delivers until it is acknowledged, and once more, as it may. */
        const deliverUntilDone = async (message: (typeof messages)[number]) => {
          for (let acknowledged = 0; acknowledged < 2; ) {
            const outcome = await world.stage(delivered(message)).catch(() => ({ kind: 'retry' }));
            if (outcome.kind === 'done') acknowledged++;
          }
        };
        // Twice each: two deliveries of one message may run at the same time.
        await s.waitFor(Promise.all([...messages, ...messages].map(deliverUntilDone)));

        const copies = world.publisher.messagesOf('deduplicated').flatMap((message) => {
          const at = messages.findIndex(({ attributes }) => attributes['seal'] === message.attributes['seal']);
          const marks = marksOf(message);
          const events = (identities[at] ?? []).filter((_, position) => marks[position]?.forward);
          const unmarked = events.filter(
            (identity) => !marks[identities[at]?.indexOf(identity) ?? -1]?.possibleDuplicate,
          );
          return [{ owner: at, events: [...events].sort(), unmarked }];
        });
        const sent = [...new Set(identities.flat())].sort();
        // (a) Everything that was acknowledged was forwarded by somebody.
        expect([...new Set(copies.flatMap(({ events }) => events))].sort()).toEqual(sent);
        for (const identity of sent) {
          // (b) By one owner only; and of its copies at most one is unmarked, so that whoever drops marked copies of what
          // it has seen gets each event once.
          const owners = copies.filter(({ events }) => events.includes(identity)).map(({ owner }) => owner);
          expect(new Set(owners).size).toBe(1);
          expect(copies.filter(({ unmarked }) => unmarked.includes(identity)).length).toBeLessThanOrEqual(1);
        }
        // (c) An owner forwards the same events every time.
        for (const { owner, events } of copies) {
          for (const other of copies) if (other.owner === owner) expect(other.events).toEqual(events);
          expect(new Set(events).size).toBe(events.length);
        }
      },
    ),
    { numRuns: 150 },
  );
});
