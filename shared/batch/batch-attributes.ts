import { uuidV7Millis } from '../event/uuid.ts';
import type { Message } from '../ports/publisher.ts';

const ownNames = [
  ...['seal', 'sdk', 'count', 'encoding', 'format', 'region', 'replayed'],
  ...['possible_duplicate', 'marks', 'namespace', 'traceparent'],
] as const;

/**
 * The attributes of a batch's message that a stage passes on: ours, and nobody else's. What Pub/Sub says of a dead letter
 * (`CloudPubSubDeadLetter…`) is of that delivery alone.
 */
export function ownAttributes(attributes: Readonly<Record<string, string>>): Record<string, string> {
  const own: Record<string, string> = {};
  for (const name of ownNames) {
    const value = attributes[name];
    if (value !== undefined) own[name] = value;
  }
  return own;
}

/** What a message says of its batch. */
export interface BatchAttributes {
  readonly seal?: string;
  readonly sdk?: string;
  readonly events?: number;
}

/** What the attributes say, where it is what a stage writes there: a message that cannot be read may say anything. */
export function readBatchAttributes({ attributes }: Pick<Message, 'attributes'>): BatchAttributes {
  const { seal, sdk, count = '' } = attributes;
  return {
    ...(seal !== undefined && uuidV7Millis(seal) !== undefined ? { seal } : {}),
    ...(sdk !== undefined && /^[\w.-]{1,100}$/.test(sdk) ? { sdk } : {}),
    ...(/^[1-9]\d{0,5}$/.test(count) ? { events: Number(count) } : {}),
  };
}
