import type { Kinds } from './kind.ts';

/**
 * Every kind of thing that a function can need, one entry each: what it is called, which variable tells a function its
 * name, and what the cloud has to know of it. Nothing else lists kinds; what is not here cannot be asked for.
 */

/** Where in its bucket the files of legacy clients are, each below the name of its mapping. */
export const legacyFilesPrefix = 'files/';

/** Where in the same bucket a mapping is. */
export function legacyMappingObject(name: string): string {
  return `mappings/${name}.json`;
}

export const kinds = {
  topics: {
    /** Sealed batches from ingest. */
    received: { topic: 'received', variable: 'EDI_RECEIVED_TOPIC', clearPersonalData: true },
    /** Sealed batches with marks from dedup. */
    deduplicated: { topic: 'deduplicated', variable: 'EDI_DEDUPLICATED_TOPIC', clearPersonalData: true },
    /** Rejected events; payload encrypted. */
    quarantine: { topic: 'quarantine', variable: 'EDI_QUARANTINE_TOPIC', clearPersonalData: false },
    /** Of whom records of the quarantine speak, as keyed hashes; for erasures alone. */
    quarantineSubjects: {
      topic: 'quarantine-subjects',
      variable: 'EDI_QUARANTINE_SUBJECTS_TOPIC',
      clearPersonalData: false,
    },
    /** Counts of acknowledged events that are gone. */
    losses: { topic: 'losses', variable: 'EDI_LOSSES_TOPIC', clearPersonalData: false },
    /** Failures of the second line, without a value of an event. */
    deadLetters: { topic: 'dead-letters', variable: 'EDI_DEAD_LETTERS_TOPIC', clearPersonalData: false },
    /** Which records of the quarantine were replayed. */
    replayed: { topic: 'replayed', variable: 'EDI_REPLAYED_TOPIC', clearPersonalData: false },
    /** The ledger: whose key was used to read what is stored, by whom and why. */
    decryptions: { topic: 'decryptions', variable: 'EDI_DECRYPTIONS_TOPIC', clearPersonalData: false },
    /** Who was erased, for those who copied streams: pseudonyms of before, and until when copies are to be gone. */
    subjectErased: {
      topic: 'subject-erased',
      variable: 'EDI_SUBJECT_ERASED_TOPIC',
      clearPersonalData: false,
      readByOthers: true,
    },
    /** Cloud Storage's notifications of uploaded schemas. */
    schemaUploads: {
      topic: 'schema-uploads',
      variable: 'EDI_SCHEMA_UPLOADS_TOPIC',
      clearPersonalData: false,
      uploadsTo: 'schemas',
    },
    /** Cloud Storage's notifications of uploaded legacy files, and ours of those that are to be gone on with. */
    legacyUploads: {
      topic: 'legacy-uploads',
      variable: 'EDI_LEGACY_UPLOADS_TOPIC',
      clearPersonalData: false,
      uploadsTo: 'legacy',
    },
  },
  topicFamilies: {
    /** Of an event type, or of what types in alpha share: one row a message, pseudonymized. */
    event: { prefix: 'event.', variable: 'EDI_EVENT_TOPIC_PREFIX', clearPersonalData: false },
  },
  // Nobody queries by a field, every read is by id. Indexes would cost a write each, bound a collection by the time in it
  // to some 500 writes a second, and refuse values of more than 1,500 bytes.
  databases: {
    registry: {
      id: 'registry',
      variable: 'EDI_REGISTRY_DATABASE',
      keepsVersions: true,
      fields: [
        { collection: 'registry', field: '*' },
        { collection: 'revisions', field: '*' },
        { collection: 'sdks', field: '*' },
        { collection: 'attempts', field: '*' },
      ],
      why: 'active schemas and SDK bindings',
    },
    /** Written with every batch; without it resends pass, and the exact views show them once all the same. */
    claims: {
      id: 'claims',
      variable: 'EDI_CLAIMS_DATABASE',
      keepsVersions: false,
      fields: [
        { collection: 'claims', field: '*' },
        { collection: 'claims', field: 'claims' },
        { collection: 'claims', field: 'expireAt', expires: true },
      ],
      why: 'claims the identities of events',
    },
    /** What is erased is to be gone, from backups too. */
    subjectKeys: {
      id: 'subject-keys',
      variable: 'EDI_SUBJECT_KEYS_DATABASE',
      keepsVersions: false,
      fields: [{ collection: 'subjectKeys', field: '*' }],
      why: 'keys of data subjects, by id',
    },
    /** Empty documents by keyed hashes: which installations people were seen with, for erasures. */
    subjectSources: {
      id: 'subject-sources',
      variable: 'EDI_SUBJECT_SOURCES_DATABASE',
      keepsVersions: false,
      fields: [],
      why: 'which installations data subjects were seen with',
    },
    /** Empty documents by keyed hashes and month: who was seen, where people who are not are erased. */
    subjectUses: {
      id: 'subject-uses',
      variable: 'EDI_SUBJECT_USES_DATABASE',
      keepsVersions: false,
      fields: [],
      why: 'in which months data subjects were seen',
    },
    writeKeys: {
      id: 'write-keys',
      variable: 'EDI_WRITE_KEYS_DATABASE',
      keepsVersions: true,
      fields: [],
      why: 'looks up write keys',
    },
    /** A record whose mark is lost is replayed again under its own seal, which changes nothing. */
    replays: {
      id: 'replays',
      variable: 'EDI_REPLAYS_DATABASE',
      keepsVersions: false,
      fields: [
        { collection: 'runs', field: '*' },
        { collection: 'marks', field: '*' },
        { collection: 'marks', field: 'expireAt', expires: true },
      ],
      why: 'marks what was replayed, one run at a time',
    },
    /** How far each erasure is; whom it erased is in none. */
    erasures: {
      id: 'erasures',
      variable: 'EDI_ERASURES_DATABASE',
      keepsVersions: true,
      fields: [{ collection: 'erasures', field: '*' }],
      why: 'how far erasures are',
    },
    /** A file whose checkpoint is lost is exported again, which dedup removes. */
    exports: {
      id: 'exports',
      variable: 'EDI_EXPORTS_DATABASE',
      keepsVersions: false,
      fields: [
        { collection: 'exports', field: '*' },
        { collection: 'exports', field: 'expireAt', expires: true },
      ],
      why: 'how far legacy files were exported',
    },
  },
  buckets: {
    snapshot: {
      suffix: 'registry-snapshot',
      variable: 'EDI_SNAPSHOT_BUCKET',
      why: 'starts from the snapshot of the registry',
    },
    /** Public keys that issuers of verified realms have shown, an object a realm. */
    realmKeys: {
      suffix: 'realm-keys',
      variable: 'EDI_REALM_KEYS_BUCKET',
      why: 'keeps the public keys of issuers that it has seen',
    },
    schemas: { suffix: 'schemas', variable: 'EDI_SCHEMA_BUCKET', why: 'schema files, as they were merged' },
    legacy: {
      suffix: 'legacy-files',
      variable: 'EDI_LEGACY_BUCKET',
      // Clear data of people. What was not exported by then is older than dedup looks back.
      forgets: { prefix: legacyFilesPrefix, afterDays: 28 },
      why: 'legacy files, and their mappings',
    },
    /** What pseudonymize published, as files below each topic's name; only where an environment keeps it. */
    rawArchive: { suffix: 'raw-archive', variable: 'EDI_RAW_ARCHIVE_BUCKET', why: 'deletes files of what is scrubbed' },
  },
  // What says nothing else is never rotated: what it made would become unreadable. A write key makes nothing, and may leak.
  secrets: {
    identityKey: { id: 'edi-identity-key', variable: 'EDI_IDENTITY_KEY', form: 'hashKey' },
    lookupKey: { id: 'edi-lookup-key', variable: 'EDI_LOOKUP_KEY', form: 'hashKey' },
    claimsKey: { id: 'edi-claims-key', variable: 'EDI_CLAIMS_KEY', form: 'hashKey' },
    /** The Tink keyset that encrypts subject keys, itself wrapped by Cloud KMS, which its readers may have unwrap it. */
    masterKeyset: { id: 'edi-master-keyset', variable: 'EDI_MASTER_KEYSET', form: 'masterKeyset' },
    /** Names records of the quarantine: the same bytes of an SDK have one name on every attempt. */
    quarantineRecordKey: {
      id: 'edi-quarantine-record-key',
      variable: 'EDI_QUARANTINE_RECORD_KEY',
      form: 'hashKey',
    },
    quarantinePublicKey: {
      id: 'edi-quarantine-public-key',
      variable: 'EDI_QUARANTINE_PUBLIC_KEY',
      form: 'publicKey',
    },
    /** Opens quarantined payloads; no function on the event's path may read it. */
    quarantinePrivateKey: {
      id: 'edi-quarantine-private-key',
      variable: 'EDI_QUARANTINE_PRIVATE_KEY',
      form: 'privateKey',
    },
    /** Hashes whom records of the quarantine speak of; whoever had it and their table could guess. */
    quarantineSubjectKey: {
      id: 'edi-quarantine-subject-key',
      variable: 'EDI_QUARANTINE_SUBJECT_KEY',
      form: 'hashKey',
    },
    /** With which the system sends heartbeats to itself; `edi keys create` makes it. */
    heartbeatKey: { id: 'edi-heartbeat-key', variable: 'EDI_HEARTBEAT_KEY', form: 'writeKey', rotates: true },
    /** With which the system sends what is stored of its synthetic people; `edi keys create` makes it. */
    proofKey: { id: 'edi-proof-key', variable: 'EDI_PROOF_KEY', form: 'writeKey', rotates: true },
    /** What issuers of subject tokens share with this system, by name: `{"name": "<base64>"}`. Most share nothing. */
    subjectTokenSecrets: {
      id: 'edi-subject-token-secrets',
      variable: 'EDI_SUBJECT_TOKEN_SECRETS',
      form: 'namedSecrets',
      rotates: true,
    },
  },
  /** Schemas in DuckDB, datasets in BigQuery. */
  datasets: {
    raw: {
      dataset: 'events_raw',
      variable: 'EDI_EVENT_DATASET',
      description: 'Append-only tables behind the exact views: one row per delivered message',
    },
    /** What analysts query. */
    exact: { dataset: 'events', variable: 'EDI_EXACT_DATASET', description: 'Exact views: one row per event' },
    operations: {
      dataset: 'operations',
      variable: 'EDI_OPERATIONS_DATASET',
      description: 'What operators look at: the quarantine, dead letters, losses',
    },
    /** Nobody but the functions that erase may read it: beside the quarantine its hashes would confirm a guess. */
    erasure: {
      dataset: 'erasure',
      variable: 'EDI_ERASURE_DATASET',
      description:
        'Of whom the quarantine speaks, and who is erased: keyed hashes and pseudonyms, until nothing is left',
    },
  },
  tables: {
    /** Refused events, why in the clear and the payload encrypted; and which of them were replayed. */
    quarantine: {
      dataset: 'operations',
      tables: ['quarantine', 'replayed'],
      variable: 'EDI_QUARANTINE_DATASET',
      why: 'reads what is to be replayed',
    },
    /** Rows of all event types; their personal values are encrypted. */
    events: {
      dataset: 'events_raw',
      tables: 'all',
      variable: 'EDI_EVENT_ROWS_DATASET',
      why: 'finds the rows of one person',
    },
  },
  changes: {
    erasure: {
      dataset: 'erasure',
      tables: ['quarantined_subjects', 'erased_subjects', 'erased_pseudonyms', 'sweeps'],
      why: 'whom records speak of, and whose are to go',
    },
    quarantine: { dataset: 'operations', tables: ['quarantine'], why: 'deletes records' },
    events: { dataset: 'events_raw', tables: 'all', why: 'empties, unlinks or deletes what rows hold' },
    /** Rows that their table did not take, as messages. */
    unfitRows: { dataset: 'operations', tables: ['unfit_rows'], why: 'takes the payload out of rows' },
    /** The ledger of scrubs. */
    scrubs: { dataset: 'operations', tables: ['scrubs'], why: 'notes what was scrubbed, by whom' },
  },
} as const satisfies Kinds;

export type OurKinds = typeof kinds;
