import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Message, type Publisher, pubsubLimits } from '../../../shared/ports/publisher.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import { bytes, type ContractAdapter, type OpenedAdapter, text } from '../contract-adapter.ts';

/** A publisher, and a look at what it has stored. The topics `contract-a` and `contract-b` are there. */
export interface ObservedPublisher {
  readonly publisher: Publisher;
  /** Everything that was published to the topic so far, in no certain order. */
  stored(topic: 'contract-a' | 'contract-b'): Promise<readonly Message[]>;
  close(): Promise<void>;
}

/** What every publisher promises. */
export function publisherContract(adapter: ContractAdapter<ObservedPublisher>): void {
  describe(`publisher: ${adapter.name}`, () => {
    let opened: OpenedAdapter<ObservedPublisher>;
    let observed: ObservedPublisher;
    beforeEach(async () => {
      opened = await adapter.open();
      observed = opened.port;
    });
    afterEach(() => opened.close());

    const publish = (messages: readonly Message[], topic = 'contract-a'): Promise<void> =>
      observed.publisher.publish(topic, messages);
    const texts = async (topic: 'contract-a' | 'contract-b'): Promise<(string | undefined)[]> =>
      (await observed.stored(topic)).map((message) => text(message.data)).sort();
    const attributes = (count: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));

    test('stores data and attributes as they are, on their topic alone', async () => {
      const message = { data: Uint8Array.of(0, 255, 10, 128), attributes: { seal: '0190', 'ключ "\\"': 'ü\n"漢' } };
      await publish([message]);
      await publish([{ data: bytes('b'), attributes: {} }], 'contract-b');
      const [stored, ...more] = await observed.stored('contract-a');
      expect([...(stored?.data ?? [])]).toEqual([0, 255, 10, 128]);
      expect(stored?.attributes).toEqual(message.attributes);
      expect(more).toEqual([]);
      expect(await texts('contract-b')).toEqual(['b']);
    });

    test('stores every message of concurrent calls', async () => {
      const names = Array.from({ length: 50 }, (_, index) => `m${index}`);
      await Promise.all(names.map((name) => publish([{ data: bytes(name), attributes: {} }])));
      expect(await texts('contract-a')).toEqual([...names].sort());
    });

    test('takes an empty list, and a message with attributes only', async () => {
      await publish([]);
      expect(await observed.stored('contract-a')).toEqual([]);
      await publish([{ data: new Uint8Array(0), attributes: { name: 'schemas/a.json' } }]);
      expect((await observed.stored('contract-a')).map((message) => message.attributes)).toEqual([
        { name: 'schemas/a.json' },
      ]);
    });

    test('takes a message at every limit', async () => {
      const { maxAttributes, maxAttributeKeyBytes, maxAttributeValueBytes, maxMessageBytes } = pubsubLimits;
      const key = 'k'.repeat(maxAttributeKeyBytes);
      const value = 'v'.repeat(maxAttributeValueBytes);
      await publish([
        { data: bytes('attributes'), attributes: attributes(maxAttributes) },
        { data: new Uint8Array(maxMessageBytes - key.length - value.length), attributes: { [key]: value } },
      ]);
      expect(await observed.stored('contract-a')).toHaveLength(2);
    });

    const refused: Record<string, Message> = {
      'too many bytes': { data: new Uint8Array(pubsubLimits.maxMessageBytes + 1), attributes: {} },
      'too many bytes together with its attributes': {
        data: new Uint8Array(pubsubLimits.maxMessageBytes),
        attributes: { k: 'v' },
      },
      'too many attributes': { data: bytes('x'), attributes: attributes(pubsubLimits.maxAttributes + 1) },
      'a key that is too long': { data: bytes('x'), attributes: { ['ü'.repeat(129)]: 'v' } },
      'an empty key': { data: bytes('x'), attributes: { '': 'v' } },
      'a key of Google': { data: bytes('x'), attributes: { googclient_x: 'v' } },
      'a value that is too long': { data: bytes('x'), attributes: { k: 'ü'.repeat(513) } },
      'nothing in it': { data: new Uint8Array(0), attributes: {} },
    };
    test.each(Object.entries(refused))('refuses a message with %s, and its whole call', async (_, message) => {
      const failure = await publish([{ data: bytes('fine'), attributes: {} }, message]).catch(
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(RangeError);
      expect(String(failure)).toContain('message 1 of 2');
      expect(String(failure)).not.toMatch(/üü/);
      expect(await observed.stored('contract-a')).toEqual([]);
    });

    test('takes a topic that is not there for a bug, not for an outage', async () => {
      const failure = await publish([{ data: bytes('x'), attributes: {} }], 'not-there').catch(
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(Error);
      expect(failure).not.toBeInstanceOf(Unavailable);
      expect(String(failure)).toContain('not-there');
    });

    test('shares no memory with its caller once it has resolved', async () => {
      const message = { data: bytes('content'), attributes: { k: 'v' } };
      await publish([message]);
      message.data.fill(0);
      message.attributes.k = 'changed';
      const [stored] = await observed.stored('contract-a');
      expect([text(stored?.data), stored?.attributes]).toEqual(['content', { k: 'v' }]);
    });

    if (adapter.survivesRestart) {
      test('keeps what it has confirmed over a restart', async () => {
        await publish([{ data: bytes('before'), attributes: {} }]);
        observed = await opened.reopen();
        await publish([{ data: bytes('after'), attributes: {} }]);
        expect(await texts('contract-a')).toEqual(['after', 'before']);
      });
    }
  });
}
