import { describe, expect, test } from 'vitest';
import { needs as dedup } from '../../../functions/dedup/needs.ts';
import { functions } from '../../../functions/index.ts';
import { newSecretTexts } from '../../../shared/adapters/embedded/secrets.ts';
import { systemRandom } from '../../../shared/adapters/system-random.ts';
import { kinds } from '../../../shared/needs/kinds.ts';
import type { AnyNeeds, Needs } from '../../../shared/needs/needs.ts';
import { openPorts } from '../../../shared/needs/open-ports.ts';
import { SettingError, variableName } from '../../../shared/needs/settings.ts';
import { variablesOf } from '../../../shared/needs/variables.ts';
import { everyNeed, everyOpener } from '../../helpers/every-need.ts';

const writeKeys = { heartbeatKey: 'edi_key', proofKey: 'edi_key' };
const secrets: Readonly<Record<string, string>> = { ...newSecretTexts(systemRandom), ...writeKeys };

/** What a deployed function finds in its environment. */
function environmentOf(needs: AnyNeeds): Record<string, string> {
  const { plain, secret } = variablesOf(needs, kinds, {
    projectId: 'shop-prod',
    bucket: ({ suffix }) => `shop-prod-${suffix}`,
    functionUrl: (name: string) => `https://${name}.example`,
    setting: () => '35',
    masterKey: () => ({ EDI_KMS_KEY: 'projects/shop-prod/locations/eu/keyRings/edi/cryptoKeys/master-keyset' }),
    push: { audience: 'https://dedup.example', serviceAccountEmail: 'push@shop-prod.example' },
  });
  return { ...plain, ...Object.fromEntries(secret.map(({ variable, name }) => [variable, secrets[name] ?? ''])) };
}

/** By the openers of every kind; that a function passes its own ones is the compiler's to see. */
const openAll = (needs: Needs, environment: Record<string, string>) => openPorts(needs, everyOpener, environment);

describe.each([...functions, everyNeed].map((needs: Needs) => [needs.name, needs] as const))('%s', (_, needs) => {
  test('opens with its own variables, without a connection', () => {
    expect(openAll(needs, environmentOf(needs)).projectId).toBe('shop-prod');
  });

  // Settings are no ports: without its variable each has its default.
  const called = (needs.calls ?? []).map((name) => `EDI_${name.replaceAll('-', '_').toUpperCase()}_URL`);
  const ofSettings = [...needs.settings.map((setting) => variableName(setting)), ...called];
  test.each(Object.keys(environmentOf(needs)).filter((variable) => !ofSettings.includes(variable)))(
    'says which variable is missing: %s',
    (variable) => {
      for (const value of [undefined, '']) {
        const { [variable]: _, ...rest } = environmentOf(needs);
        const open = () => openAll(needs, value === undefined ? rest : { ...rest, [variable]: value });
        expect(open).toThrow(SettingError);
        expect(open).toThrow(`${variable} must be set`);
      }
    },
  );
});

test.each([
  ['a hash key that was cut off', 'hashKey', kinds.secrets.claimsKey, 'c2hvcnQ=', 'at least 32 bytes, this one 5'],
  ['a public key that is none', 'publicKey', kinds.secrets.quarantinePublicKey, 'c2hvcnQ=', 'has 32 bytes, this one 5'],
  ['a private key that is none', 'privateKey', kinds.secrets.quarantinePrivateKey, 'c2hvcnQ=', '32 bytes, this one 5'],
  [
    'secrets by name with a typing error',
    'namedSecrets',
    kinds.secrets.subjectTokenSecrets,
    '{"a": "b",}',
    'a JSON object',
  ],
  [
    'a secret by name that is too short',
    'namedSecrets',
    kinds.secrets.subjectTokenSecrets,
    '{"a": "b"}',
    '"a" must be',
  ],
] as const)('%s is named, and nothing of it is told', (_, form, kind, value, why) => {
  const open = () => everyOpener.secrets[form]({ [kind.variable]: value }, kind);
  expect(open).toThrow(SettingError);
  expect(open).toThrow(new RegExp(`^${kind.variable} .*${why}`));
  expect(open).not.toThrow(/c2hvcnQ|short/);
});

test('a bucket beside emulators without one of Cloud Storage is empty, and stores nothing', async () => {
  const environment = { ...environmentOf(dedup), FIRESTORE_EMULATOR_HOST: '127.0.0.1:1' };
  const bucket = everyOpener.bucket(environment, kinds.buckets.snapshot);
  expect([await bucket.get('a'), await bucket.getBounded('a', 1)]).toEqual([undefined, undefined]);
  await expect(bucket.put('a', Uint8Array.of(1))).rejects.toThrow('STORAGE_EMULATOR_HOST');
});

test('the key that stands for KMS is taken beside the emulators only', () => {
  const { EDI_KMS_KEY: _, ...environment } = environmentOf(everyNeed);
  const local = { ...environment, EDI_LOCAL_MASTER_KEY: Buffer.alloc(32).toString('base64') };
  expect(() => everyOpener.secrets.masterKeyset(local, kinds.secrets.masterKeyset)).toThrow('EDI_KMS_KEY must be set');
  const beside = { ...local, FIRESTORE_EMULATOR_HOST: '127.0.0.1:1' };
  expect(everyOpener.secrets.masterKeyset(beside, kinds.secrets.masterKeyset)).toHaveProperty('aead');
});
