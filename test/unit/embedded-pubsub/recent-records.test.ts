import { expect, test } from 'vitest';
import { RecentRecords } from '../../../shared/adapters/embedded/recent-records.ts';
import { openBus, publish, reader, textsOf } from './bus-fixture.ts';

const rowOf = (text: string) => ({ publishTimeMillis: 1, attributes: '{}', data: new Uint8Array(Buffer.from(text)) });

test('keeps so many bytes, and has room again for what was forgotten', () => {
  const recent = new RecentRecords(5);
  recent.keep({ recordId: 1, shared: 0 }, rowOf('aaa'));
  recent.keep({ recordId: 2, shared: 0 }, rowOf('bbb'));
  expect(recent.find({ recordId: 1, shared: 0 })).toMatchObject(rowOf('aaa'));
  expect(recent.find({ recordId: 2, shared: 0 })).toBeUndefined();
  recent.forget(1);
  recent.forget(1);
  expect(recent.find({ recordId: 1, shared: 0 })).toBeUndefined();
  recent.keep({ recordId: 3, shared: 0 }, rowOf('ccccc'));
  expect(recent.find({ recordId: 3, shared: 0 })).toMatchObject(rowOf('ccccc'));
  recent.forgetAll();
  recent.keep({ recordId: 4, shared: 0 }, rowOf('ddddd'));
  expect(recent.find({ recordId: 4, shared: 0 })).toMatchObject(rowOf('ddddd'));
});

test('a pack that is taken apart as it is published is delivered as the messages that it was', async () => {
  const { bus } = openBus();
  bus.declare({ topics: ['work'], subscriptions: [reader()] });
  const [, [first]] = await Promise.all([publish(bus, 'a', 'b', 'c'), bus.pull('reader', 1)]);
  expect(Buffer.from(first?.data ?? []).toString()).toBe('a');
  expect(textsOf(await bus.pull('reader', 9))).toEqual(['b', 'c']);
});

for (const maxRecentBytes of [0, 1_000]) {
  test(`with ${maxRecentBytes} bytes, messages and packs come again as they were`, async () => {
    const { bus, pass } = openBus({ settings: { maxRecentBytes } });
    bus.declare({ topics: ['work'], subscriptions: [reader()] });
    await publish(bus, 'a', 'b');
    await publish(bus, 'c');
    const messages = await bus.pull('reader', 9);
    await bus.nack(
      'reader',
      messages.map(({ ackId }) => ackId),
    );
    await pass(1_000);
    const again = await bus.pull('reader', 9);
    expect(again).toEqual(messages.map((message) => ({ ...message, ackId: `${message.messageId}:2` })));
    expect(textsOf(again)).toEqual(['a', 'b', 'c']);
  });
}
