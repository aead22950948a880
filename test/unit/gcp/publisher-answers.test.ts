import { expect, test, vi } from 'vitest';
import { createPubSubPublisher } from '../../../shared/adapters/gcp/publisher.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';

// Google's emulator stores all or nothing: the client answers as told, a message at a time.
vi.mock('@google-cloud/pubsub', () => ({
  PubSub: class {
    async close() {}
    topic() {
      return {
        async publishMessage({ data }: { readonly data: Buffer }) {
          if (data.toString() === 'lost') throw Object.assign(new Error('try again'), { code: 14 });
          return 'id';
        },
      };
    }
  },
}));

const messageOf = (text: string) => ({ data: Buffer.from(text), attributes: {} });

test('what is stored in part is not stored, wherever the message is that was not', async () => {
  const publisher = createPubSubPublisher({ projectId: 'edi' });
  await expect(publisher.publish('received', [messageOf('a'), messageOf('b')])).resolves.toBeUndefined();
  for (const texts of [
    ['lost', 'a', 'b'],
    ['a', 'lost', 'b'],
    ['a', 'b', 'lost'],
  ]) {
    await expect(publisher.publish('received', texts.map(messageOf))).rejects.toThrow(Unavailable);
  }
  await publisher.close();
});
