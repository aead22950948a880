import type { KeyObject } from 'node:crypto';
import { open, seal } from '../crypto/sealed-box.ts';
import type { JsonObject } from '../event/json.ts';
import { formatMicros } from '../event/time.ts';
import type { Column, ColumnType } from '../event-types/column.ts';
import type { Publisher } from '../ports/publisher.ts';
import type { Quarantine, QuarantinedEvent } from '../ports/quarantine.ts';
import type { Random } from '../ports/random.ts';

function column(name: string, type: ColumnType, mode: Column['mode'], description: string): Column {
  return { name, property: name, type, mode, description };
}

/** The quarantine's table: everything in the clear but the payload. */
export const quarantineColumns: readonly Column[] = [
  column('seal', 'STRING', 'REQUIRED', 'Seal of the batch; a replay claims under it'),
  column('received_time', 'TIMESTAMP', 'REQUIRED', 'When ingest received the event'),
  column('sdk', 'STRING', 'NULLABLE', 'The SDK binding whose key sent it, where the key tells'),
  column('stage', 'STRING', 'REQUIRED', 'The stage that refused it'),
  column('reason', 'STRING', 'REQUIRED', 'Why'),
  column('type', 'STRING', 'NULLABLE', 'The event type, where it fits the grammar of types'),
  {
    ...column('errors', 'RECORD', 'REPEATED', 'Where in the event, undeclared segments masked, and which rule'),
    fields: [column('path', 'STRING', 'NULLABLE', 'JSON Pointer'), column('keyword', 'STRING', 'NULLABLE', 'The rule')],
  },
  column('payload', 'STRING', 'REQUIRED', "The event, encrypted to the quarantine's public key (HPKE), base64"),
];

const info = Buffer.from('edi.quarantine.v1');

export interface EncryptedQuarantineOptions {
  readonly publisher: Publisher;
  readonly topic: string;
  /** Who writes holds the public key only; nobody before the replay can read a payload. */
  readonly publicKey: KeyObject;
  readonly random: Random;
}

/** A quarantine that publishes one message a record, a row of `quarantineColumns` as JSON. */
export function makeEncryptedQuarantine({
  publisher,
  topic,
  publicKey,
  random,
}: EncryptedQuarantineOptions): Quarantine {
  return {
    async keep(events) {
      const messages = events.map((event) => {
        const payload = seal(publicKey, event.payload, { info, aad: Buffer.from(event.seal), random });
        return { data: Buffer.from(JSON.stringify(recordRow(event, payload))), attributes: { reason: event.reason } };
      });
      await publisher.publish(topic, messages);
    },
  };
}

function recordRow(event: QuarantinedEvent, payload: Uint8Array): JsonObject {
  const { seal: sealId, sdk, stage, reason, type, errors } = event;
  return {
    seal: sealId,
    received_time: formatMicros(event.receivedAtMillis * 1_000),
    ...(sdk === undefined ? {} : { sdk }),
    stage,
    reason,
    ...(type === undefined ? {} : { type }),
    errors: errors.map(({ path, keyword }) => ({ path, keyword })),
    payload: Buffer.from(payload).toString('base64'),
  };
}

/** The event of a record: needs the private key and the record's seal. Undefined when it was not made with them. */
export function openQuarantinedPayload(privateKey: KeyObject, sealId: string, payload: string): Uint8Array | undefined {
  return open(privateKey, Buffer.from(payload, 'base64'), { info, aad: Buffer.from(sealId) });
}
