import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importHashKey, keyedHash } from '../../crypto/keyed-hash.ts';
import { readNamedSecrets } from '../../crypto/named-secrets.ts';
import {
  exportSealedBoxPrivateKey,
  exportSealedBoxPublicKey,
  generateSealedBoxKeyPair,
  importSealedBoxPrivateKey,
  importSealedBoxPublicKey,
} from '../../crypto/sealed-box.ts';
import { makeAead } from '../../crypto/tink-aead.ts';
import { newAesGcmKeyset, parseKeyset, serializeKeyset } from '../../crypto/tink-keyset.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../event/json.ts';
import type { HeldPorts } from '../../needs/held-ports.ts';
import type { OurKinds } from '../../needs/kinds.ts';
import type { Random } from '../../ports/random.ts';

const fileName = 'secrets.json';
const hashKeyBytes = 32;
/** Each secret in base64, those by name as JSON. A write key is none of them: whoever has the records of keys makes it. */
export type SecretTexts = Record<Exclude<keyof OurKinds['secrets'], 'heartbeatKey' | 'proofKey'>, string>;

/**
 * Reads the secrets of a data folder, making them when it has none. The file is readable by the user alone; without it
 * the folder's pseudonyms and claims cannot be continued.
 */
export function openSecretTexts(dataFolder: string, random: Random): SecretTexts {
  const path = join(dataFolder, fileName);
  return readSecrets(path) ?? makeSecrets(path, random);
}

/** `openSecretTexts`, as the keys that they are. In the cloud they are Secret Manager's and KMS's. */
export function openEmbeddedSecrets(dataFolder: string, random: Random): HeldPorts['secrets'] {
  const texts = openSecretTexts(dataFolder, random);
  const bytes = (name: keyof SecretTexts) => Buffer.from(texts[name], 'base64');
  const parsed = parseKeyset(bytes('masterKeyset'), 'AesGcmKey');
  if (parsed.kind === 'unreadable')
    throw new Error(`${fileName}: the master keyset cannot be read (${parsed.problem})`);
  const master = makeAead(parsed.keyset, random);
  return {
    identityKey: importHashKey(bytes('identityKey')),
    lookupKey: importHashKey(bytes('lookupKey')),
    claimsKey: importHashKey(bytes('claimsKey')),
    masterKeyset: { aead: async () => master },
    quarantineRecordKey: importHashKey(bytes('quarantineRecordKey')),
    quarantineSubjectKey: importHashKey(bytes('quarantineSubjectKey')),
    quarantinePublicKey: importSealedBoxPublicKey(bytes('quarantinePublicKey')),
    quarantinePrivateKey: importSealedBoxPrivateKey(bytes('quarantinePrivateKey')),
    subjectTokenSecrets: readNamedSecrets(texts.subjectTokenSecrets),
    // The deployment that sends heartbeats knows a key that it takes.
    heartbeatKey: '',
    // No local deployment proves erasures.
    proofKey: '',
  };
}

/** What a folder need not have: nobody shares a secret with it until somebody writes one into the file. */
const optionalSecrets: Partial<SecretTexts> = { subjectTokenSecrets: '{}' };

/** Of folders that were made before there was this secret: they keep the one that follows from another of theirs. */
function laterSecret(name: keyof SecretTexts, { quarantineRecordKey }: JsonObject): string | undefined {
  if (name !== 'quarantineSubjectKey' || typeof quarantineRecordKey !== 'string') return undefined;
  const key = importHashKey(Buffer.from(quarantineRecordKey, 'base64'));
  return keyedHash(key, 'edi.quarantine-subject-key.v1', []).toString('base64');
}

function readSecrets(path: string): SecretTexts | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const value = parse(text);
  const read = (name: keyof SecretTexts) => {
    const secret = isJsonObject(value) ? (value[name] ?? optionalSecrets[name] ?? laterSecret(name, value)) : undefined;
    if (typeof secret !== 'string')
      throw new Error(
        `${path}: "${name}" is missing. A folder of an older version cannot be continued: use another --data. ` +
          'Otherwise restore the file.',
      );
    return secret;
  };
  return secretTexts(read);
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    // V8's message would quote the secrets.
    return null;
  }
}

function secretTexts(text: (name: keyof SecretTexts) => string): SecretTexts {
  return {
    identityKey: text('identityKey'),
    lookupKey: text('lookupKey'),
    claimsKey: text('claimsKey'),
    masterKeyset: text('masterKeyset'),
    quarantineRecordKey: text('quarantineRecordKey'),
    quarantineSubjectKey: text('quarantineSubjectKey'),
    quarantinePublicKey: text('quarantinePublicKey'),
    quarantinePrivateKey: text('quarantinePrivateKey'),
    subjectTokenSecrets: text('subjectTokenSecrets'),
  };
}

/** New secrets, of a local deployment or of an environment. */
export function newSecretTexts(random: Random): SecretTexts {
  const pair = generateSealedBoxKeyPair(random);
  const made: Partial<Record<keyof SecretTexts, Uint8Array>> = {
    masterKeyset: serializeKeyset(newAesGcmKeyset(random)),
    quarantinePublicKey: exportSealedBoxPublicKey(pair.publicKey),
    quarantinePrivateKey: exportSealedBoxPrivateKey(pair.privateKey),
  };
  return secretTexts(
    (name) => optionalSecrets[name] ?? Buffer.from(made[name] ?? random.bytes(hashKeyBytes)).toString('base64'),
  );
}

function makeSecrets(path: string, random: Random): SecretTexts {
  const texts = newSecretTexts(random);
  writeFileSync(path, `${JSON.stringify(texts, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true });
  return texts;
}
