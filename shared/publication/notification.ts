import type { DeliveredMessage } from '../ports/publisher.ts';
import { isGeneration } from './generation.ts';

/** An object that was uploaded. */
export interface Upload {
  readonly object: string;
  readonly generation: string;
  readonly uploadedAtMillis: number;
}

/**
 * Reads Cloud Storage's notification ("Pub/Sub notifications for Cloud Storage", attributes); the payload is not needed.
 * `ignored`: it is of something else than an upload to `bucket`.
 */
export function readNotification(message: DeliveredMessage, bucket: string): Upload | 'ignored' | 'unreadable' {
  const { eventType, bucketId, objectId, objectGeneration } = message.attributes;
  if (eventType === undefined || bucketId === undefined) return 'unreadable';
  if (eventType !== 'OBJECT_FINALIZE' || bucketId !== bucket) return 'ignored';
  if (objectId === undefined || objectGeneration === undefined || !isGeneration(objectGeneration)) return 'unreadable';
  return { object: objectId, generation: objectGeneration, uploadedAtMillis: message.publishTimeMillis };
}
