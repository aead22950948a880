import type { Message } from '../../ports/publisher.ts';

/** Of the length of the list, which the data begins with. */
const lengthBytes = 4;

type PackedMessage = readonly [bytes: number, attributes: Message['attributes']];

/** Messages as the data of one record: the list of their sizes and attributes, and their data one after the other. */
export function packMessages(messages: readonly Message[]): Uint8Array {
  const list: PackedMessage[] = [];
  const parts: Uint8Array[] = [];
  for (const { data, attributes } of messages) {
    list.push([data.byteLength, attributes]);
    parts.push(data);
  }
  const head = Buffer.from(JSON.stringify(list));
  const length = Buffer.allocUnsafe(lengthBytes);
  length.writeUInt32LE(head.byteLength);
  const { buffer, byteOffset, byteLength } = Buffer.concat([length, head, ...parts]);
  // Not a `Buffer`, as nothing is that comes from the file.
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The messages of such a record, in their order; their data are parts of it, not copies. */
export function unpackMessages(record: Uint8Array): Message[] {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  let from = lengthBytes + bytes.readUInt32LE();
  const list: readonly PackedMessage[] = JSON.parse(bytes.toString('utf8', lengthBytes, from));
  const messages: Message[] = [];
  for (const [size, attributes] of list) {
    messages.push({ data: record.subarray(from, from + size), attributes });
    from += size;
  }
  return messages;
}

/** The messages in groups of so many and so many bytes of data at most; a larger message is alone. */
export function inPacks(
  messages: readonly Message[],
  { maxMessages, maxBytes }: { readonly maxMessages: number; readonly maxBytes: number },
): Message[][] {
  const packs: Message[][] = [];
  let [pack, bytes]: [Message[], number] = [[], 0];
  for (const message of messages) {
    const size = message.data.byteLength;
    if (pack.length === 0 || pack.length >= maxMessages || bytes + size > maxBytes) {
      pack = [];
      packs.push(pack);
      bytes = 0;
    }
    pack.push(message);
    bytes += size;
  }
  return packs;
}
