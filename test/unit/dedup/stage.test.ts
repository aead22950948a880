import { describe, expect, test } from 'vitest';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import {
  delivered,
  duplicate,
  forwarded,
  possibleDuplicate,
  sealAt,
  sealedMessage,
  startMillis,
  type TestBatch,
} from '../../helpers/batches.ts';
import { dedupWorld } from '../../helpers/dedup-world.ts';
import { day } from '../../helpers/schemas.ts';

const first = sealAt(startMillis, 1);
const second = sealAt(startMillis, 2);
const batchOf = (seal: string, ids: string, more: Partial<TestBatch> = {}): TestBatch => ({
  seal,
  segments: [Array.from(ids, (id) => ({ id }))],
  ...more,
});

describe('what is forwarded', () => {
  test('the same bytes and attributes, with a mark for each event', async () => {
    const { stage, publisher } = await dedupWorld();
    const message = sealedMessage(batchOf(first, 'abc'));
    expect(await stage(delivered(message))).toEqual({ kind: 'done' });
    const [published] = publisher.messagesOf('deduplicated');
    expect(published?.data).toEqual(Uint8Array.from(message.data));
    expect(published?.attributes).toEqual({ ...message.attributes, marks: '111', namespace: 'people' });
  });

  test('of the attributes its own: what Pub/Sub or others add stays behind', async () => {
    const { stage, publisher } = await dedupWorld();
    const { data, attributes } = sealedMessage({ ...batchOf(first, 'a'), replayed: true });
    const foreign = { CloudPubSubDeadLetterSourceDeliveryCount: '100', googclient_x: 'y', other: 'z' };
    await stage(delivered({ data, attributes: { ...attributes, ...foreign } }));
    expect(publisher.messagesOf('deduplicated')[0]?.attributes).toEqual({
      ...attributes,
      replayed: 'true',
      marks: '1',
      namespace: 'people',
    });
  });

  test('in the second line every event as a possible copy, which goes along with the batch', async () => {
    const { stage, publisher } = await dedupWorld();
    const message = delivered(sealedMessage(batchOf(first, 'a')));
    await stage({ ...message, subscription: 'projects/p/subscriptions/second-line.received' });
    const [forwardedBatch] = publisher.messagesOf('deduplicated');
    expect(forwardedBatch?.attributes).toMatchObject({ possible_duplicate: 'true', marks: '1' });
  });

  test('a resend in another batch is a duplicate; what is new beside it goes on', async () => {
    const { deliver, observer } = await dedupWorld();
    expect(await deliver(batchOf(first, 'ab'))).toEqual([forwarded, forwarded]);
    expect(await deliver(batchOf(second, 'bc'))).toEqual([duplicate, forwarded]);
    expect(await deliver(batchOf(sealAt(startMillis, 3), 'abc'))).toBe('nothing');
    expect(Object.fromEntries(observer.counts)).toMatchObject({ claimed: 3, duplicates: 4, 'possible-duplicates': 0 });
  });

  test('equal events of one batch count once, across its segments', async () => {
    const { deliver } = await dedupWorld();
    const segments = [
      [{ id: 'a' }, { id: 'a' }],
      [{ id: 'a' }, { id: 'b' }],
    ];
    expect(await deliver({ seal: first, segments })).toEqual([forwarded, duplicate, duplicate, forwarded]);
  });

  test('another source, id or time is another event', async () => {
    const { deliver } = await dedupWorld();
    await deliver(batchOf(first, 'a'));
    const others = [
      { id: 'a', source: 'installation-2' },
      { id: 'b' },
      { id: 'a', timeMillis: startMillis + 1 },
      { id: 'a', timeMillis: startMillis - day },
    ];
    expect(await deliver({ seal: second, segments: [others] })).toEqual(others.map(() => forwarded));
  });

  test('SDKs of one namespace share what they have sent, others do not', async () => {
    const { deliver } = await dedupWorld();
    await deliver(batchOf(first, 'a'));
    expect(await deliver(batchOf(second, 'a', { sdk: 'phone' }))).toBe('nothing');
    expect(await deliver(batchOf(sealAt(startMillis, 3), 'a', { sdk: 'relay' }))).toEqual([forwarded]);
  });

  test('times before 1970 and at the edge of a bucket are found again', async () => {
    const { deliver } = await dedupWorld();
    const times = [-1, 0, -day, -day - 1, startMillis - 1, startMillis, startMillis + day - 1];
    const segments = [times.map((timeMillis) => ({ id: 'a', timeMillis }))];
    expect(await deliver({ seal: first, segments })).toHaveLength(times.length);
    expect(await deliver({ seal: second, segments })).toBe('nothing');
  });
});

describe('a redelivery', () => {
  test('gets the same answer, marked, and forwards again', async () => {
    const { deliver } = await dedupWorld();
    await deliver(batchOf(second, 'x'));
    expect(await deliver(batchOf(first, 'abx'))).toEqual([forwarded, forwarded, duplicate]);
    expect(await deliver(batchOf(first, 'abx'))).toEqual([possibleDuplicate, possibleDuplicate, duplicate]);
  });

  test('after a crash between claim and publish loses nothing', async () => {
    const { deliver, publisher } = await dedupWorld();
    publisher.failNext(1, 'not-stored');
    await expect(deliver(batchOf(first, 'ab'))).rejects.toThrow(Unavailable);
    expect(await deliver(batchOf(second, 'bc'))).toEqual([duplicate, forwarded]);
    expect(await deliver(batchOf(first, 'ab'))).toEqual([possibleDuplicate, possibleDuplicate]);
  });

  test('of a batch of duplicates writes nothing', async () => {
    let writes = 0;
    const { deliver } = await dedupWorld({ documents: (operation) => void (operation === 'write' && writes++) });
    await deliver(batchOf(first, 'ab'));
    await deliver(batchOf(second, 'ab'));
    await deliver(batchOf(first, 'ab'));
    expect(writes).toBe(1);
  });
});

describe('the look-back', () => {
  test('counts from the seal that claimed: a resend is recognised for 28 days, and then it is not', async () => {
    for (const [days, expected] of [
      [27, 'nothing'],
      [29, [{ ...forwarded, beyondLookBack: true }]],
    ] as const) {
      const { deliver, clock } = await dedupWorld();
      await deliver(batchOf(first, 'a'));
      clock.advance(days * day);
      expect(await deliver(batchOf(sealAt(clock.nowMillis(), 2), 'a'))).toEqual(expected);
    }
  });

  test('never counts from the clock of the client', async () => {
    const { deliver, clock } = await dedupWorld();
    const segments = [
      [
        { id: 'old', timeMillis: 0 },
        { id: 'future', timeMillis: startMillis + 400 * day },
      ],
    ];
    expect(await deliver({ seal: first, segments })).toEqual([{ ...forwarded, beyondLookBack: true }, forwarded]);
    clock.advance(27 * day);
    expect(await deliver({ seal: sealAt(clock.nowMillis(), 2), segments })).toBe('nothing');
  });

  test('goes by owner: a bucket that is written all the time forgets its old claims', async () => {
    const { deliver, clock } = await dedupWorld();
    await deliver(batchOf(first, 'a'));
    clock.advance(20 * day);
    await deliver(batchOf(sealAt(clock.nowMillis(), 2), 'b'));
    clock.advance(20 * day);
    const [again, known] = (await deliver(batchOf(sealAt(clock.nowMillis(), 3), 'ab'))) as { forward: boolean }[];
    expect([again?.forward, known?.forward]).toEqual([true, false]);
  });

  test('does not end for an owner itself: a replay of its dead letter forwards what nobody has claimed since', async () => {
    const { deliver, clock } = await dedupWorld();
    await deliver(batchOf(first, 'a'));
    clock.advance(20 * day);
    await deliver(batchOf(sealAt(clock.nowMillis(), 2), 'b'));
    clock.advance(20 * day);
    expect(await deliver(batchOf(first, 'a'))).toEqual([{ ...possibleDuplicate, beyondLookBack: true }]);
    await deliver(batchOf(sealAt(clock.nowMillis(), 3), 'a'));
    expect(await deliver(batchOf(first, 'a'))).toBe('nothing');
  });

  test('survives the purge of expired documents', async () => {
    const { deliver, clock, documents } = await dedupWorld();
    await deliver(batchOf(first, 'a'));
    clock.advance(27 * day);
    await documents.purgeExpired(clock.nowMillis(), 100);
    expect(await deliver(batchOf(sealAt(clock.nowMillis(), 2), 'a'))).toBe('nothing');
    clock.advance(2 * day);
    expect(await documents.purgeExpired(clock.nowMillis(), 100)).toBe(1);
  });
});

describe('retry', () => {
  test.each<[string, (message: ReturnType<typeof sealedMessage>) => ReturnType<typeof sealedMessage>]>([
    ['cut off', ({ data, attributes }) => ({ data: data.subarray(0, 20), attributes })],
    ['empty', ({ attributes }) => ({ data: new Uint8Array(0), attributes })],
    ['without a seal', ({ data, attributes: { seal: _seal, ...rest } }) => ({ data, attributes: rest })],
  ])('of a message that is %s', async (_what, change) => {
    const { stage, publisher } = await dedupWorld();
    const outcome = await stage(delivered(change(sealedMessage(batchOf(first, 'a')))));
    expect(outcome).toEqual({ kind: 'retry', reason: expect.stringMatching(/^unreadable: /) });
    expect(publisher.published).toEqual([]);
  });

  test('while the SDK has no binding, until it has', async () => {
    const { deliver } = await dedupWorld();
    expect(await deliver(batchOf(first, 'a', { sdk: 'tv' }))).toBe('no binding of the SDK');
  });

  test('while the claim index does not answer', async () => {
    let down = true;
    const { deliver, publisher } = await dedupWorld({
      documents: () => {
        if (down) throw new Unavailable('claim-documents', 'down as told');
      },
    });
    await expect(deliver(batchOf(first, 'a'))).rejects.toThrow(Unavailable);
    expect(publisher.published).toEqual([]);
    down = false;
    expect(await deliver(batchOf(first, 'a'))).toEqual([forwarded]);
  });

  test('when others keep winning a document; what was claimed in another stays', async () => {
    let rivals = 0;
    let isRival = false;
    const world = await dedupWorld(
      {
        documents: async (operation) => {
          if (operation !== 'write' || isRival || rivals === 0) return;
          isRival = true;
          await world.deliver({ seal: sealAt(startMillis, 100 + rivals), segments: [[{ id: `rival-${rivals--}` }]] });
          isRival = false;
        },
      },
      // No turns: the rivals are on instances of their own.
      { maxClaimRounds: 2, maxTurnWaitMillis: 0 },
    );
    const batch = { seal: first, segments: [[{ id: 'a', source: 'quiet' }, { id: 'b' }]] };
    rivals = 2;
    expect(await world.deliver(batch)).toBe('claim-contention');
    expect(world.observer.counts.get('claim-conflicts')).toBe(2);
    rivals = 1;
    expect(await world.deliver(batch)).toEqual([possibleDuplicate, forwarded]);
  });
});

test('an instance that has rested asks for the bucket widths before it claims', async () => {
  const { clock, registry, documents, deliver } = await dedupWorld();
  await deliver(batchOf(first, 'a'));
  const namespaces = { people: { bucketWidthMillis: 1_000, alsoReadBucketWidthMillis: day } };
  const sdks = { web: { namespace: 'people', origins: [] } };
  await registry.publishSdksUpload({ namespaces, sdks }, '2');
  clock.advance(60_000);
  expect(await deliver(batchOf(second, 'ab'))).toEqual([duplicate, forwarded]);
  // With the old width it would have gone into the document of the first one.
  expect(documents.documentCount()).toBe(2);
});
