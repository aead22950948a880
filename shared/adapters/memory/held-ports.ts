import { createSecretKey } from 'node:crypto';
import { importHashKey } from '../../crypto/keyed-hash.ts';
import { generateSealedBoxKeyPair } from '../../crypto/sealed-box.ts';
import { makeAead } from '../../crypto/tink-aead.ts';
import { newAesGcmKeyset } from '../../crypto/tink-keyset.ts';
import type { JsonObject } from '../../event/json.ts';
import type { HeldPorts } from '../../needs/held-ports.ts';
import { kinds, type OurKinds } from '../../needs/kinds.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import type { TableColumn } from '../../ports/table-reader.ts';
import { createMemoryClaimDocuments } from './claim-documents.ts';
import { createMemoryErasures } from './erasures.ts';
import { createMemoryEventRows } from './event-rows.ts';
import type { Gate } from './gate.ts';
import { createMemoryLegacyExports } from './legacy-exports.ts';
import { createManualClock } from './manual-clock.ts';
import { createMemoryObjectStore } from './object-store.ts';
import { createMemoryPublisher } from './publisher.ts';
import { createMemoryQuarantineRecords } from './quarantine-records.ts';
import { createMemoryRegistry } from './registry.ts';
import { createMemoryReplays } from './replays.ts';
import { createSeededRandom } from './seeded-random.ts';
import { createMemorySubjectKeyRecords } from './subject-key-records.ts';
import { createMemorySubjectSources } from './subject-sources.ts';
import { createMemorySubjectUses } from './subject-uses.ts';
import { createMemoryTableStatements } from './table-statements.ts';
import { createMemoryWriteKeyRecords } from './write-key-records.ts';

export interface MemoryPortsOptions {
  /** Default: one that stands still. */
  readonly clock?: Clock;
  /** Default: seeded with 1. Makes the secrets, too. */
  readonly random?: Random;
  /** What each adapter runs before it does anything. */
  readonly gates?: MemoryGates;
}

type MemoryGates = Readonly<
  Partial<Record<'publisher' | 'buckets' | 'statements' | keyof OurKinds['databases'], Gate | undefined>>
>;

/** A thing of every kind in memory, empty; the same secrets every time. For tests and simulations. */
export function createMemoryPorts(options: MemoryPortsOptions = {}) {
  const { clock = createManualClock(), random = createSeededRandom(1), gates = {} } = options;
  const gated = (gate: Gate | undefined) => (gate === undefined ? {} : { gate });
  const bucket = (name: string) => Object.assign(createMemoryObjectStore(gated(gates.buckets)), { name });
  const hashKey = (fill: number) => importHashKey(Buffer.alloc(32, fill));
  const { publicKey, privateKey } = generateSealedBoxKeyPair(random);
  const master = makeAead(newAesGcmKeyset(random), random);
  /** Columns by `dataset.table`. */
  const tables = new Map<string, readonly TableColumn[]>();
  const described = ({ dataset }: { readonly dataset: string }) => ({
    dataset,
    columns: async (of: string, table: string) => tables.get(`${of}.${table}`),
  });
  /** By table. */
  const eventRows = new Map<string, JsonObject[]>();
  const { buckets, datasets } = kinds;
  const publisher = createMemoryPublisher(gated(gates.publisher));
  const published = (role: 'quarantine' | 'replayed') => () => publisher.messagesOf(kinds.topics[role].topic);
  return {
    clock,
    random,
    tables,
    eventRows,
    publisher,
    databases: {
      registry: createMemoryRegistry(gated(gates.registry)),
      claims: createMemoryClaimDocuments(gated(gates.claims)),
      subjectKeys: createMemorySubjectKeyRecords(gated(gates.subjectKeys)),
      subjectSources: createMemorySubjectSources(gated(gates.subjectSources)),
      subjectUses: createMemorySubjectUses(gated(gates.subjectUses)),
      writeKeys: createMemoryWriteKeyRecords(gated(gates.writeKeys)),
      replays: createMemoryReplays(gated(gates.replays)),
      erasures: createMemoryErasures(gated(gates.erasures)),
      exports: createMemoryLegacyExports(gated(gates.exports)),
    },
    buckets: {
      snapshot: bucket(buckets.snapshot.suffix),
      realmKeys: bucket(buckets.realmKeys.suffix),
      schemas: bucket(buckets.schemas.suffix),
      legacy: bucket(buckets.legacy.suffix),
      rawArchive: bucket(buckets.rawArchive.suffix),
    },
    secrets: {
      identityKey: hashKey(1),
      lookupKey: hashKey(2),
      claimsKey: hashKey(3),
      masterKeyset: { aead: async () => master },
      quarantineRecordKey: hashKey(4),
      quarantineSubjectKey: hashKey(6),
      quarantinePublicKey: publicKey,
      quarantinePrivateKey: privateKey,
      heartbeatKey: 'heartbeat-key',
      proofKey: 'proof-key',
      subjectTokenSecrets: new Map([['shared', createSecretKey(Buffer.alloc(32, 5))]]),
    },
    described: {
      raw: described(datasets.raw),
      exact: described(datasets.exact),
      operations: described(datasets.operations),
      erasure: described(datasets.erasure),
    },
    rows: {
      quarantine: createMemoryQuarantineRecords(published('quarantine'), published('replayed')),
      events: createMemoryEventRows(eventRows),
    },
    statements: createMemoryTableStatements(gated(gates.statements)),
    authenticator: { check: async () => ({ kind: 'authentic' }) },
  } satisfies HeldPorts & { readonly tables: typeof tables; readonly eventRows: typeof eventRows };
}
