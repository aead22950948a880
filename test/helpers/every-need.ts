import { openAuthenticator } from '../../shared/adapters/gcp/openers/authenticator.ts';
import { openBase } from '../../shared/adapters/gcp/openers/base.ts';
import { openBucket } from '../../shared/adapters/gcp/openers/bucket.ts';
import { openClaims } from '../../shared/adapters/gcp/openers/claims.ts';
import { openDescribed } from '../../shared/adapters/gcp/openers/described.ts';
import type { Environment } from '../../shared/adapters/gcp/openers/environment.ts';
import { openErasures } from '../../shared/adapters/gcp/openers/erasures.ts';
import { openEventRows } from '../../shared/adapters/gcp/openers/event-rows.ts';
import {
  openHashKey,
  openNamedSecrets,
  openPrivateKey,
  openPublicKey,
  openWriteKey,
} from '../../shared/adapters/gcp/openers/keys.ts';
import { openLegacyExports } from '../../shared/adapters/gcp/openers/legacy-exports.ts';
import { openMasterKeyset } from '../../shared/adapters/gcp/openers/master-keyset.ts';
import { openPublisher } from '../../shared/adapters/gcp/openers/publisher.ts';
import { openQuarantineTable } from '../../shared/adapters/gcp/openers/quarantine-table.ts';
import { openRegistry } from '../../shared/adapters/gcp/openers/registry-read.ts';
import { openPublishingRegistry } from '../../shared/adapters/gcp/openers/registry-write.ts';
import { openReplays } from '../../shared/adapters/gcp/openers/replays.ts';
import { openSubjectKeyErasures } from '../../shared/adapters/gcp/openers/subject-key-erasures.ts';
import { openSubjectKeys } from '../../shared/adapters/gcp/openers/subject-keys.ts';
import { openSubjectSources } from '../../shared/adapters/gcp/openers/subject-sources.ts';
import { openSubjectUses } from '../../shared/adapters/gcp/openers/subject-uses.ts';
import { openTableStatements } from '../../shared/adapters/gcp/openers/table-statements.ts';
import { openTopic, openTopicFamily } from '../../shared/adapters/gcp/openers/topic.ts';
import { openWriteKeys } from '../../shared/adapters/gcp/openers/write-key-records.ts';
import type { OurKinds } from '../../shared/needs/kinds.ts';
import type { Needs } from '../../shared/needs/needs.ts';
import type { OpenersOf } from '../../shared/needs/ports.ts';

/** The compiler asks for every database and bucket; `needs.test.ts` sees to it that the lists are whole, too. */
interface Every {
  readonly databases: Readonly<Record<keyof OurKinds['databases'], unknown>>;
  readonly buckets: Readonly<Record<keyof OurKinds['buckets'], unknown>>;
}

/** A function that needs a thing of every kind, with the most that it may have. */
export const everyNeed = {
  name: 'everything',
  callers: { kind: 'push', reads: 'received' },
  publishes: [
    'received',
    'deduplicated',
    'quarantine',
    'quarantineSubjects',
    'losses',
    'deadLetters',
    'replayed',
    'decryptions',
    'subjectErased',
    'schemaUploads',
    'legacyUploads',
    'event',
  ],
  databases: {
    registry: 'write',
    claims: 'write',
    subjectKeys: 'create',
    subjectSources: 'create',
    subjectUses: 'create',
    writeKeys: 'write',
    replays: 'write',
    erasures: 'write',
    exports: 'write',
  },
  buckets: { snapshot: 'write', realmKeys: 'write', schemas: 'write', legacy: 'write', rawArchive: 'purge' },
  secrets: [
    'identityKey',
    'lookupKey',
    'claimsKey',
    'masterKeyset',
    'quarantineRecordKey',
    'quarantineSubjectKey',
    'quarantinePublicKey',
    'quarantinePrivateKey',
    'heartbeatKey',
    'proofKey',
    'subjectTokenSecrets',
  ],
  describes: ['raw', 'exact', 'operations', 'erasure'],
  rows: ['quarantine', 'events'],
  changes: ['erasure', 'quarantine', 'events', 'unfitRows', 'scrubs'],
  settings: ['lookBackDays'],
  size: { memoryMiB: 512, cpu: 1, concurrency: 1, timeoutSeconds: 60, requestMiB: 1 },
  instances: { min: 0, max: 1 },
} as const satisfies Needs & Every;

/** The same of what can be had with another access. */
export const readingNeed = {
  ...everyNeed,
  databases: {
    registry: 'read',
    writeKeys: 'read',
    subjectKeys: 'replace',
    subjectSources: 'write',
    subjectUses: 'write',
  },
} as const;

/** Google Cloud's opener of every kind. */
export const everyOpener = {
  base: openBase,
  publisher: openPublisher,
  topic: openTopic,
  topicFamily: openTopicFamily,
  databases: {
    registry: openPublishingRegistry,
    claims: openClaims,
    subjectKeys: openSubjectKeys,
    subjectSources: openSubjectSources,
    subjectUses: openSubjectUses,
    writeKeys: openWriteKeys,
    replays: openReplays,
    erasures: openErasures,
    exports: openLegacyExports,
  },
  bucket: openBucket,
  secrets: {
    hashKey: openHashKey,
    publicKey: openPublicKey,
    privateKey: openPrivateKey,
    masterKeyset: openMasterKeyset,
    writeKey: openWriteKey,
    namedSecrets: openNamedSecrets,
  },
  described: openDescribed,
  rows: { quarantine: openQuarantineTable, events: openEventRows },
  statements: openTableStatements,
  authenticator: openAuthenticator,
} as const satisfies OpenersOf<typeof everyNeed, Environment>;

export const readingOpener = {
  ...everyOpener,
  databases: {
    registry: openRegistry,
    writeKeys: openWriteKeys,
    subjectKeys: openSubjectKeyErasures,
    subjectSources: openSubjectSources,
    subjectUses: openSubjectUses,
  },
} as const satisfies OpenersOf<typeof readingNeed, Environment>;
