import { topics } from '../../infra/naming.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import type { Message } from '../../shared/ports/publisher.ts';
import { marksOf, testNamespace } from '../helpers/batches.ts';
import { eventKey } from '../helpers/event-key.ts';
import { readBatch } from '../helpers/ingest-world.ts';
import { identityKey } from '../helpers/pseudonymize-world.ts';
import { quarantinedText } from '../helpers/quarantine-records.ts';
import type { SentEvent } from './client.ts';
import type { Pipeline } from './pipeline.ts';

const rowOf = (message: Message): JsonObject => JSON.parse(Buffer.from(message.data).toString('utf8'));

/** What is wrong once everything has come to rest; empty when every invariant holds. */
export function findViolations({ bus, quarantineKey }: Pipeline, sent: readonly SentEvent[]): string[] {
  const violations: string[] = [];
  const expectThat = (holds: boolean, violation: string) => void (holds || violations.push(violation));
  expectThat(bus.unacknowledged() === 0, 'messages are left over');

  const known = new Map(sent.map((one) => [eventKey(identityKey, testNamespace, one), one]));
  const delivered = new Map<string, Set<string>>();
  for (const type of new Set(sent.map((one) => one.type))) {
    for (const message of bus.messagesOf(`event.${type}`)) {
      const row = rowOf(message);
      const key = String(row['event_key']);
      const origin = known.get(key);
      expectThat(origin !== undefined, `a row of nothing that was sent: ${key}`);
      expectThat(!JSON.stringify(row).includes('person-of'), `personal data in the clear: ${key}`);
      // Copies of an event are the same but for the batch that they came with.
      const content = { type, time: row['event_time'], data: row['data'], source: row['source'] };
      delivered.set(key, (delivered.get(key) ?? new Set()).add(JSON.stringify(content)));
    }
  }
  for (const [key, contents] of delivered) expectThat(contents.size === 1, `two events share the key ${key}`);

  const quarantined = new Set(
    bus.messagesOf(topics.quarantine).map((message) => quarantinedText(quarantineKey, rowOf(message)) ?? ''),
  );
  for (const [key, { promise, event }] of known) {
    if (promise === 'accepted') expectThat(delivered.has(key), `acknowledged and lost: ${JSON.stringify(event)}`);
  }
  for (const { promise, event } of sent) {
    const text = JSON.stringify(event);
    if (promise === 'quarantined') expectThat(quarantined.has(text), `refused and lost: ${text}`);
  }

  const owners = new Map<string, Set<string>>();
  for (const message of bus.messagesOf(topics.deduplicated)) {
    const { index, seal } = readBatch(message);
    // A replay and what came directly do not count against each other: a corrected event wins in both orders.
    const way = message.attributes['replayed'] === 'true' ? 'replays' : 'batches';
    for (const [at, mark] of marksOf(message).entries()) {
      const entry = index.entries[at];
      if (!mark.forward || entry === undefined) continue;
      const key = `${way} forwarded ${eventKey(identityKey, testNamespace, entry)}`;
      owners.set(key, (owners.get(key) ?? new Set()).add(seal));
    }
  }
  for (const [key, seals] of owners) expectThat(seals.size === 1, `${seals.size} ${key}`);
  return violations;
}
