import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { makeLines } from '../../../shared/operations/lines.ts';
import type { FailedDeadLetter, Loss } from '../../../shared/ports/operations.ts';
import type { DeliveredMessage, Message } from '../../../shared/ports/publisher.ts';
import type { QuarantinedEvent } from '../../../shared/ports/quarantine.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { readWholeMessage } from '../../../shared/quarantine/whole-message.ts';
import { sealAt, sealedMessage, startMillis } from '../../helpers/batches.ts';
import { recordingObserver } from '../../helpers/recording-observer.ts';

const dayMillis = 86_400_000;

function world() {
  const clock = createManualClock(startMillis);
  const observer = recordingObserver();
  const [lost, failed, kept]: [Loss[], FailedDeadLetter[], QuarantinedEvent[]] = [[], [], []];
  const state = { isDown: false };
  const to =
    <Item>(list: Item[]) =>
    async (items: readonly Item[]) => {
      if (state.isDown) throw new Unavailable('publisher', 'down');
      list.push(...items);
    };
  const lines = makeLines({
    stage: 'dedup',
    clock,
    observer,
    deadLetters: { record: (one) => to(failed)([one]) },
    batches: {
      losses: { record: to(lost) },
      quarantine: { keep: to(kept) },
    },
  });
  const at = (millis: number) => clock.advance(millis - clock.nowMillis());
  return { lines, at, observer, lost, failed, kept, state };
}

function delivered(message: Message, parts: Partial<DeliveredMessage> = {}): DeliveredMessage {
  const subscription = 'projects/p/subscriptions/second-line.dedup';
  return { ...message, messageId: '7', publishTimeMillis: startMillis, subscription, ...parts };
}

const seal = sealAt(startMillis, 1);
const batch = sealedMessage({
  seal,
  segments: [[{ id: 'a' }, { id: 'b', timeMillis: startMillis - dayMillis }, { id: 'c', type: 'shop.other.v1' }]],
});
const firstLine = { subscription: 'projects/p/subscriptions/dedup' };

describe('a message whose seal is too old', () => {
  test('is counted by day and type, in either line, and to be acknowledged', async () => {
    for (const parts of [{}, firstLine]) {
      const { lines, at, lost, observer } = world();
      at(startMillis + 29 * dayMillis);
      expect(await lines.purge(delivered(batch, parts))).toBe(false);
      expect(lost).toEqual([]);
      at(startMillis + 29 * dayMillis + 1);
      expect(await lines.purge(delivered(batch, parts))).toBe(true);
      const common = { key: 'dedup:7', stage: 'dedup', reason: 'purged', sdk: 'web', events: 1 };
      expect(lost).toEqual([
        { ...common, day: '2026-01-01', type: 'shop.order.v1' },
        { ...common, day: '2025-12-31', type: 'shop.order.v1' },
        { ...common, day: '2026-01-01', type: 'shop.other.v1' },
      ]);
      expect(observer.counts.get('lost.purged')).toBe(3);
    }
  });

  test('counts without the duplicates that dedup found', async () => {
    const { lines, at, lost } = world();
    at(startMillis + 40 * dayMillis);
    const message = delivered({ ...batch, attributes: { ...batch.attributes, marks: '010' } });
    expect(await lines.purge(message)).toBe(true);
    expect(lost.map(({ day, events }) => [day, events])).toEqual([['2025-12-31', 1]]);
  });

  test('that cannot be read is counted as what it says', async () => {
    const { lines, at, lost } = world();
    at(startMillis + 40 * dayMillis);
    const message = delivered({ data: Buffer.from('x'), attributes: batch.attributes });
    expect(await lines.purge(message)).toBe(true);
    expect(lost).toEqual([
      { key: 'dedup:7', day: '2026-01-01', stage: 'dedup', reason: 'purged', sdk: 'web', events: 3 },
    ]);
  });

  test('is not acknowledged while it cannot be counted', async () => {
    const { lines, at, state } = world();
    at(startMillis + 40 * dayMillis);
    state.isDown = true;
    await expect(lines.purge(delivered(batch))).rejects.toThrow(Unavailable);
  });
});

describe('a failure', () => {
  test('in the first line is noted nowhere', async () => {
    const { lines, failed } = world();
    expect(await lines.failed(delivered(batch, firstLine), 'claims')).toBe(false);
    expect(failed).toEqual([]);
  });

  test('in the second line is noted once a day and message', async () => {
    const { lines, at, failed } = world();
    const fail = async (messageId: string) => {
      expect(await lines.failed(delivered(batch, { messageId }), 'claims')).toBe(false);
    };
    await fail('7');
    await fail('7');
    await fail('8');
    const noted = { stage: 'dedup', seal, sdk: 'web', events: 3, reason: 'claims' };
    expect(failed).toEqual([
      { ...noted, messageId: '7' },
      { ...noted, messageId: '8' },
    ]);
    at(startMillis + dayMillis);
    await fail('7');
    expect(failed).toHaveLength(3);
  });

  test('that cannot be noted now is noted with the next', async () => {
    const { lines, failed, state } = world();
    state.isDown = true;
    expect(await lines.failed(delivered(batch), 'claims')).toBe(false);
    state.isDown = false;
    await lines.failed(delivered(batch), 'claims');
    expect(failed).toHaveLength(1);
  });

  test('shows nothing of attributes that no stage wrote', async () => {
    const { lines, failed } = world();
    const attributes = { seal: 'alice@example.com', sdk: 'alice@example.com', count: 'alice' };
    await lines.failed(delivered({ data: Buffer.from('x'), attributes }), 'unreadable: no EDI2 header');
    expect(JSON.stringify(failed)).not.toContain('alice');
  });
});

describe('a message that cannot be read', () => {
  const unreadable = { data: Buffer.from([0, 1, 2]), attributes: { ...batch.attributes, note: 'x' } };
  const reason = 'unreadable: no EDI2 header';

  test('is set aside whole after a day in the second line, and comes out as it was', async () => {
    const { lines, at, kept } = world();
    at(startMillis + dayMillis - 1);
    expect(await lines.failed(delivered(unreadable), reason)).toBe(false);
    at(startMillis + dayMillis);
    expect(await lines.failed(delivered(unreadable), 'claims')).toBe(false);
    expect(await lines.failed(delivered(unreadable, firstLine), reason)).toBe(false);
    expect(kept).toEqual([]);
    expect(await lines.failed(delivered(unreadable), reason)).toBe(true);
    const [record] = kept;
    expect(record).toMatchObject({ seal, sdk: 'web', events: 3, reason: 'unreadable', stage: 'dedup' });
    const read = readWholeMessage(record?.payload ?? new Uint8Array());
    expect(read?.attributes).toEqual(unreadable.attributes);
    expect(Buffer.from(read?.data ?? [])).toEqual(unreadable.data);
  });

  test('waits for its purge where quarantine would keep it beyond that', async () => {
    const { lines, at, kept } = world();
    at(startMillis + 9 * dayMillis + 1);
    expect(await lines.failed(delivered(unreadable), reason)).toBe(false);
    expect(kept).toEqual([]);
  });

  test('and tells no seal has the age of its first publication', async () => {
    const { lines, at, kept, lost } = world();
    const told = new Date(startMillis - 5 * dayMillis).toISOString();
    const attributes = { CloudPubSubDeadLetterSourceTopicPublishTime: told };
    const message = delivered({ data: Buffer.from('x'), attributes });
    at(startMillis + dayMillis);
    expect(await lines.failed(message, reason)).toBe(true);
    expect(kept[0]?.receivedAtMillis).toBe(startMillis - 5 * dayMillis);
    expect(kept[0]?.seal).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7000-8000-000000000000$/);
    at(startMillis + 24 * dayMillis);
    expect(await lines.purge(message)).toBe(false);
    at(startMillis + 24 * dayMillis + 1);
    expect(await lines.purge(message)).toBe(true);
    expect(lost).toEqual([{ key: 'dedup:7', day: '2025-12-27', stage: 'dedup', reason: 'purged', events: 1 }]);
  });
});
