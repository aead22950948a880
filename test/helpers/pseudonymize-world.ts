import { defaultPseudonymizeConfig, type PseudonymizeConfig } from '../../functions/pseudonymize/config.ts';
import { pseudonymizePorts } from '../../functions/pseudonymize/function.ts';
import { needs } from '../../functions/pseudonymize/needs.ts';
import { makePseudonymizeStage } from '../../functions/pseudonymize/stage.ts';
import { eventTopic } from '../../infra/naming.ts';
import type { Gate } from '../../shared/adapters/memory/gate.ts';
import { createMemoryPorts } from '../../shared/adapters/memory/held-ports.ts';
import { createManualClock, type ManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import type { MemoryPublisher } from '../../shared/adapters/memory/publisher.ts';
import { decryptKeyset } from '../../shared/crypto/tink-aead.ts';
import { makeDeterministicAead } from '../../shared/crypto/tink-deterministic-aead.ts';
import { generationId, subjectKeyId } from '../../shared/erasure/subject-key-id.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';
import type { Line } from '../../shared/http/line.ts';
import { type HeldPorts, pickPorts } from '../../shared/needs/held-ports.ts';
import { makeCountingObserver } from '../../shared/observe/json-observer.ts';
import type { PublishingRegistry } from '../../shared/ports/publications.ts';
import type { Message, Publisher } from '../../shared/ports/publisher.ts';
import type {
  SubjectKeyErasures,
  SubjectKeyRecords,
  SubjectObjections,
} from '../../shared/ports/subject-key-records.ts';
import type { SubjectSourceRecords } from '../../shared/ports/subject-sources.ts';
import { delivered, forwarded, sealedMessage, startMillis, type TestBatch } from './batches.ts';
import { quarantinedText } from './quarantine-records.ts';
import { registryWith } from './schemas.ts';

const subscriptions: Readonly<Record<Line, string>> = {
  first: 'projects/test/subscriptions/pseudonymize',
  second: 'projects/test/subscriptions/second-line.pseudonymize',
};

/** Keys for tests: the same every time. */
export const { identityKey, lookupKey } = createMemoryPorts().secrets;

export interface PseudonymizeWorldOptions {
  readonly schemas: readonly JsonObject[];
  /** Instead of one of its own, in which the schemas are active. */
  readonly registry?: PublishingRegistry;
  readonly config?: Partial<PseudonymizeConfig>;
  readonly recordsGate?: Gate;
  readonly sourcesGate?: Gate;
  readonly usesGate?: Gate;
  readonly publisherGate?: Gate;
  /** Runs before each publish, given the topic; what it throws, the publish rejects with. */
  readonly publishGate?: (topic: string) => void | Promise<void>;
  /** The same after the messages are stored. */
  readonly afterPublish?: (topic: string) => void | Promise<void>;
}

export interface PseudonymizeWorld {
  readonly clock: ManualClock;
  readonly registry: PublishingRegistry;
  readonly publisher: MemoryPublisher;
  readonly counts: ReadonlyMap<string, number>;
  readonly records: SubjectKeyRecords & SubjectKeyErasures & SubjectObjections;
  readonly sources: SubjectSourceRecords;
  /** All that it works with, and the others. */
  readonly databases: HeldPorts['databases'];
  /** `done`, or why the batch is to be delivered again. Marks default to forwarding everything. */
  readonly deliver: (batch: TestBatch, line?: Line) => Promise<string>;
  /** The same of a message as it is, such as one that remained. */
  readonly deliverMessage: (message: Message, line?: Line) => Promise<string>;
  /** The batches that were published again. */
  readonly remainders: () => readonly Message[];
  readonly rowsOf: (type: string) => JsonObject[];
  readonly quarantined: () => { readonly row: JsonObject; readonly payload: string }[];
  /** What a pseudonym stands for, found with the stored keyset and the master key alone, as in BigQuery. */
  readonly reveal: (subject: DataSubject, pseudonym: unknown, generation?: number) => Promise<string | undefined>;
}

/** The real pseudonymize stage over memory ports. */
export async function pseudonymizeWorld(options: PseudonymizeWorldOptions): Promise<PseudonymizeWorld> {
  const clock = createManualClock(startMillis);
  const gates = {
    publisher: options.publisherGate,
    subjectKeys: options.recordsGate,
    subjectSources: options.sourcesGate,
    subjectUses: options.usesGate,
  };
  const memory = createMemoryPorts({ clock, gates });
  const { publisher, databases, secrets } = memory;
  const registry = options.registry ?? (await registryWith(options.schemas));
  const records = databases.subjectKeys;
  const observer = makeCountingObserver();
  const config = { ...defaultPseudonymizeConfig, ...options.config };
  const gated: Publisher = {
    async publish(topic, messages) {
      await options.publishGate?.(topic);
      await publisher.publish(topic, messages);
      await options.afterPublish?.(topic);
    },
  };
  const held = pickPorts(needs, { ...memory, publisher: gated }, observer);
  const ports = await pseudonymizePorts({ ...held, databases: { ...held.databases, registry } }, config);
  const stage = makePseudonymizeStage(ports);
  const master = await secrets.masterKeyset.aead();
  const deliverMessage = async (message: Message, line: Line = 'first') => {
    const outcome = await stage({ ...delivered(message), subscription: subscriptions[line] });
    return outcome.kind === 'done' ? 'done' : outcome.reason;
  };
  return {
    clock,
    registry,
    publisher,
    counts: observer.counts,
    records,
    sources: databases.subjectSources,
    databases: { ...databases, registry },
    deliver(batch, line) {
      const marks = batch.marks ?? batch.segments.flat().map(() => forwarded);
      return deliverMessage(sealedMessage({ ...batch, marks }), line);
    },
    deliverMessage,
    remainders: () => publisher.messagesOf('deduplicated'),
    rowsOf: (type) =>
      publisher.messagesOf(eventTopic(type)).map(({ data }) => JSON.parse(Buffer.from(data).toString())),
    quarantined: () =>
      publisher.messagesOf('quarantine').map(({ data }) => {
        const row: JsonObject = JSON.parse(Buffer.from(data).toString());
        return { row, payload: quarantinedText(secrets.quarantinePrivateKey, row) ?? '' };
      }),
    async reveal(subject, pseudonym, generation = 0) {
      const id = generationId(lookupKey, subjectKeyId(lookupKey, subject), generation);
      const [record] = await records.read([id]);
      if (record?.kind !== 'keyset') return undefined;
      const opened = decryptKeyset(master, record.encryptedKeyset, {
        type: 'AesSivKey',
        associatedData: Buffer.from(id),
      });
      if (opened.kind === 'unreadable' || typeof pseudonym !== 'string') return undefined;
      const plaintext = makeDeterministicAead(opened.keyset).decrypt(
        Buffer.from(pseudonym, 'base64'),
        new Uint8Array(0),
      );
      return plaintext === undefined ? undefined : Buffer.from(plaintext).toString('utf8');
    },
  };
}
