import { isJsonObject, parseJson } from '../event/json.ts';
import type { DeliveredMessage } from '../ports/publisher.ts';

/**
 * Reads the body of a wrapped Pub/Sub push ("Push subscriptions", product documentation): data in base64, attributes,
 * and `deliveryAttempt` where the subscription has a dead letter policy. Undefined when it is none.
 */
export function parsePushBody(body: Buffer): DeliveredMessage | undefined {
  const value = parseJson(body.toString('utf8'));
  if (!isJsonObject(value) || !isJsonObject(value['message'])) return undefined;
  const { message, subscription, deliveryAttempt } = value;
  const { data = '', attributes = {}, messageId, publishTime } = message;
  if (typeof data !== 'string' || !isJsonObject(attributes) || typeof messageId !== 'string') return undefined;
  if (typeof subscription !== 'string') return undefined;
  const texts: Record<string, string> = {};
  for (const [key, text] of Object.entries(attributes)) {
    if (typeof text !== 'string') return undefined;
    texts[key] = text;
  }
  const publishTimeMillis = typeof publishTime === 'string' ? Date.parse(publishTime) : Number.NaN;
  return {
    messageId,
    subscription,
    publishTimeMillis: Number.isNaN(publishTimeMillis) ? 0 : publishTimeMillis,
    data: Buffer.from(data, 'base64'),
    attributes: texts,
    ...(typeof deliveryAttempt === 'number' ? { deliveryAttempt } : {}),
  };
}
