import type { KeyObject } from 'node:crypto';
import { importHashKey } from '../../../crypto/keyed-hash.ts';
import { readNamedSecrets } from '../../../crypto/named-secrets.ts';
import { importSealedBoxPrivateKey, importSealedBoxPublicKey } from '../../../crypto/sealed-box.ts';
import type { SecretKind } from '../../../needs/kind.ts';
import { requireVariable } from '../../../needs/settings.ts';
import type { Environment } from './environment.ts';

type Variable = Pick<SecretKind, 'variable'>;

/** A secret of at least 32 bytes, base64. */
export function openHashKey(environment: Environment, kind: Variable): KeyObject {
  return importHashKey(secretBytes(environment, kind));
}

export function openPublicKey(environment: Environment, kind: Variable): KeyObject {
  return importSealedBoxPublicKey(secretBytes(environment, kind));
}

export function openPrivateKey(environment: Environment, kind: Variable): KeyObject {
  return importSealedBoxPrivateKey(secretBytes(environment, kind));
}

/** A write key as clients send it, which is text. */
export function openWriteKey(environment: Environment, { variable }: Variable): string {
  return requireVariable(environment, variable).trim();
}

/** Several secrets by name, which is JSON. */
export function openNamedSecrets(environment: Environment, { variable }: Variable): ReadonlyMap<string, KeyObject> {
  return readNamedSecrets(requireVariable(environment, variable));
}

/** A secret is base64 in its variable. */
export function secretBytes(environment: Environment, { variable }: Variable): Buffer {
  return Buffer.from(requireVariable(environment, variable), 'base64');
}
