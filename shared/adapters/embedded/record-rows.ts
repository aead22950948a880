import type { SQLOutputValue } from 'node:sqlite';
import type { Message } from '../../ports/publisher.ts';
import { asBytes, asNumber, asText } from './database.ts';
import { packMessages, unpackMessages } from './message-pack.ts';
import type { RecordRow } from './recent-records.ts';

/** What one row of the table is. */
export interface StoredRecord {
  readonly publishTimeMillis: number;
  readonly messages: readonly Message[];
}

/** How the table has messages: alone, or as a pack. */
export function contentOf(messages: readonly Message[]): Omit<RecordRow, 'publishTimeMillis'> {
  const [message, second] = messages;
  if (message === undefined || second !== undefined) return { attributes: '', data: packMessages(messages) };
  return { attributes: JSON.stringify(message.attributes), data: message.data };
}

/** A row of the table, as SQLite gives it. */
export function rowOf(row: Record<string, SQLOutputValue> | undefined): RecordRow {
  return {
    publishTimeMillis: asNumber(row?.['publish_time']),
    attributes: asText(row?.['attributes']),
    data: asBytes(row?.['data']),
  };
}

/** What a row holds; `shared` as in its delivery. */
export function recordOf({ publishTimeMillis, attributes, data }: RecordRow, shared: number): StoredRecord {
  const messages = shared > 1 ? unpackMessages(data) : [{ data, attributes: attributesOf(attributes) }];
  return { publishTimeMillis, messages };
}

function attributesOf(text: string): Readonly<Record<string, string>> {
  const attributes: Readonly<Record<string, string>> = JSON.parse(text);
  return attributes;
}
