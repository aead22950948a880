import { uuidV7Millis } from '../event/uuid.ts';
import type { Message } from '../ports/publisher.ts';

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
