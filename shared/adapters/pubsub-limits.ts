import { type Message, pubsubLimits } from '../ports/publisher.ts';

/**
 * Throws a `RangeError` for the first message that Google's Pub/Sub would refuse: too large, empty, too many attributes,
 * or an attribute key or value out of its limits. Such a message is a bug of the caller: sending it again cannot help.
 * Every publisher calls this, because Google's emulator accepts them all. The error names positions and sizes, no content.
 *
 * Source: cloud.google.com/pubsub/quotas (resource limits) and PubsubMessage in pubsub.proto.
 */
export function assertWithinPubsubLimits(messages: readonly Message[]): void {
  for (const [index, message] of messages.entries()) {
    const problem = problemOf(message);
    if (problem !== undefined)
      throw new RangeError(`message ${index} of ${messages.length} cannot be published: ${problem}`);
  }
}

/** Bytes of a message as Google counts them: data plus the keys and values of the attributes. */
export function messageSizeBytes(message: Message): number {
  let bytes = message.data.byteLength;
  for (const [key, value] of Object.entries(message.attributes)) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  return bytes;
}

function problemOf(message: Message): string | undefined {
  const limits = pubsubLimits;
  const attributes = Object.entries(message.attributes);
  if (message.data.byteLength === 0 && attributes.length === 0) return 'it has neither data nor attributes';
  if (attributes.length > limits.maxAttributes) {
    return `it has ${attributes.length} attributes, the limit is ${limits.maxAttributes}`;
  }
  for (const [position, [key, value]] of attributes.entries()) {
    const keyBytes = Buffer.byteLength(key);
    const valueBytes = Buffer.byteLength(value);
    if (keyBytes === 0) return `the key of attribute ${position} is empty`;
    if (key.startsWith('goog')) return `the key of attribute ${position} begins with "goog", which Google reserves`;
    if (keyBytes > limits.maxAttributeKeyBytes) {
      return `the key of attribute ${position} has ${keyBytes} bytes, the limit is ${limits.maxAttributeKeyBytes}`;
    }
    if (valueBytes > limits.maxAttributeValueBytes) {
      return `the value of attribute ${position} has ${valueBytes} bytes, the limit is ${limits.maxAttributeValueBytes}`;
    }
  }
  const sizeBytes = messageSizeBytes(message);
  return sizeBytes > limits.maxMessageBytes
    ? `it has ${sizeBytes} bytes, the limit is ${limits.maxMessageBytes}`
    : undefined;
}
