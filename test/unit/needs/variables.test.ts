import { describe, expect, test } from 'vitest';
import { needs as dedup } from '../../../functions/dedup/needs.ts';
import { functions } from '../../../functions/index.ts';
import { kinds } from '../../../shared/needs/kinds.ts';
import type { AnyNeeds } from '../../../shared/needs/needs.ts';
import { type DeployedNames, variablesOf } from '../../../shared/needs/variables.ts';

const names: DeployedNames = {
  projectId: 'shop-prod',
  bucket: ({ suffix }) => `shop-prod-${suffix}`,
  functionUrl: (name: string) => `https://${name}.example`,
  setting: (name) => (name === 'lookBackDays' ? '35' : undefined),
  masterKey: () => ({ EDI_KMS_KEY: 'keys/master' }),
  push: { audience: 'https://push.example', serviceAccountEmail: 'push@shop-prod.example' },
};

/** Names and values in their order, and the variables of secrets. */
const listed = (needs: AnyNeeds, from = names) => {
  const { plain, secret } = variablesOf(needs, kinds, from);
  return [
    ...Object.entries(plain).map(([name, value]) => `${name}=${value}`),
    ...secret.map(({ variable, kind }) => `${variable} from ${kind.id}`),
  ];
};

const push = ['EDI_PUSH_AUDIENCE=https://push.example', 'EDI_PUSH_SERVICE_ACCOUNT=push@shop-prod.example'];

describe('the variables of a function follow from its needs', () => {
  test.each([
    [
      'ingest',
      'EDI_RECEIVED_TOPIC=received',
      'EDI_QUARANTINE_TOPIC=quarantine',
      'EDI_QUARANTINE_SUBJECTS_TOPIC=quarantine-subjects',
      'EDI_REGISTRY_DATABASE=registry',
      'EDI_WRITE_KEYS_DATABASE=write-keys',
      'EDI_SNAPSHOT_BUCKET=shop-prod-registry-snapshot',
      'EDI_REALM_KEYS_BUCKET=shop-prod-realm-keys',
      'EDI_LOOK_BACK_DAYS=35',
      'EDI_QUARANTINE_PUBLIC_KEY from edi-quarantine-public-key',
      'EDI_QUARANTINE_RECORD_KEY from edi-quarantine-record-key',
      'EDI_QUARANTINE_SUBJECT_KEY from edi-quarantine-subject-key',
      'EDI_SUBJECT_TOKEN_SECRETS from edi-subject-token-secrets',
    ],
    [
      'dedup',
      'EDI_DEDUPLICATED_TOPIC=deduplicated',
      'EDI_QUARANTINE_TOPIC=quarantine',
      'EDI_LOSSES_TOPIC=losses',
      'EDI_DEAD_LETTERS_TOPIC=dead-letters',
      'EDI_REGISTRY_DATABASE=registry',
      'EDI_CLAIMS_DATABASE=claims',
      'EDI_SNAPSHOT_BUCKET=shop-prod-registry-snapshot',
      'EDI_LOOK_BACK_DAYS=35',
      ...push,
      'EDI_CLAIMS_KEY from edi-claims-key',
      'EDI_QUARANTINE_PUBLIC_KEY from edi-quarantine-public-key',
      'EDI_QUARANTINE_RECORD_KEY from edi-quarantine-record-key',
    ],
    [
      'pseudonymize',
      'EDI_DEDUPLICATED_TOPIC=deduplicated',
      'EDI_QUARANTINE_TOPIC=quarantine',
      'EDI_QUARANTINE_SUBJECTS_TOPIC=quarantine-subjects',
      'EDI_LOSSES_TOPIC=losses',
      'EDI_DEAD_LETTERS_TOPIC=dead-letters',
      'EDI_EVENT_TOPIC_PREFIX=event.',
      'EDI_REGISTRY_DATABASE=registry',
      'EDI_SUBJECT_KEYS_DATABASE=subject-keys',
      'EDI_SUBJECT_SOURCES_DATABASE=subject-sources',
      'EDI_SUBJECT_USES_DATABASE=subject-uses',
      'EDI_SNAPSHOT_BUCKET=shop-prod-registry-snapshot',
      'EDI_KMS_KEY=keys/master',
      ...push,
      'EDI_IDENTITY_KEY from edi-identity-key',
      'EDI_LOOKUP_KEY from edi-lookup-key',
      'EDI_MASTER_KEYSET from edi-master-keyset',
      'EDI_QUARANTINE_PUBLIC_KEY from edi-quarantine-public-key',
      'EDI_QUARANTINE_RECORD_KEY from edi-quarantine-record-key',
      'EDI_QUARANTINE_SUBJECT_KEY from edi-quarantine-subject-key',
    ],
    [
      'replay',
      'EDI_RECEIVED_TOPIC=received',
      'EDI_REPLAYED_TOPIC=replayed',
      'EDI_QUARANTINE_DATASET=operations',
      'EDI_REGISTRY_DATABASE=registry',
      'EDI_REPLAYS_DATABASE=replays',
      'EDI_SNAPSHOT_BUCKET=shop-prod-registry-snapshot',
      'EDI_QUARANTINE_PRIVATE_KEY from edi-quarantine-private-key',
    ],
    [
      'publish-schema',
      'EDI_DEAD_LETTERS_TOPIC=dead-letters',
      'EDI_EVENT_DATASET=events_raw',
      'EDI_REGISTRY_DATABASE=registry',
      'EDI_SNAPSHOT_BUCKET=shop-prod-registry-snapshot',
      'EDI_SCHEMA_BUCKET=shop-prod-schemas',
      ...push,
    ],
  ])('%s', (name, ...expected) => {
    const needs = functions.find((each) => each.name === name);
    expect(needs && listed(needs)).toEqual(['GOOGLE_CLOUD_PROJECT=shop-prod', ...expected]);
  });

  test('a push without tokens has no variables of who pushes', () => {
    const { push: _, ...tokenless } = names;
    expect(listed(dedup, tokenless).filter((line) => line.startsWith('EDI_PUSH'))).toEqual([]);
  });

  test('whatever is needed and is no kind is refused', () => {
    for (const strange of [
      { publishes: ['nowhere'] },
      { describes: ['nowhere'] },
      { databases: { nowhere: 'read' } },
      { buckets: { nowhere: 'read' } },
      { secrets: ['nowhere'] },
    ] as const) {
      expect(() => listed({ ...dedup, ...strange })).toThrow('"nowhere" is needed and is no kind');
    }
  });
});
