import type { KeyObject } from 'node:crypto';
import { importHashKey } from '../../../crypto/keyed-hash.ts';
import { readNamedSecrets } from '../../../crypto/named-secrets.ts';
import { importSealedBoxPrivateKey, importSealedBoxPublicKey } from '../../../crypto/sealed-box.ts';
import type { SecretKind } from '../../../needs/kind.ts';
import { requireVariable, SettingError } from '../../../needs/settings.ts';
import type { Environment } from './environment.ts';

type Variable = Pick<SecretKind, 'variable'>;

/** A secret of at least 32 bytes, base64. */
export function openHashKey(environment: Environment, kind: Variable): KeyObject {
  return inForm(kind, importHashKey, secretBytes(environment, kind));
}

export function openPublicKey(environment: Environment, kind: Variable): KeyObject {
  return inForm(kind, importSealedBoxPublicKey, secretBytes(environment, kind));
}

export function openPrivateKey(environment: Environment, kind: Variable): KeyObject {
  return inForm(kind, importSealedBoxPrivateKey, secretBytes(environment, kind));
}

/** A write key as clients send it, which is text. */
export function openWriteKey(environment: Environment, { variable }: Variable): string {
  return requireVariable(environment, variable).trim();
}

/** Several secrets by name, which is JSON. */
export function openNamedSecrets(environment: Environment, kind: Variable): ReadonlyMap<string, KeyObject> {
  return inForm(kind, readNamedSecrets, requireVariable(environment, kind.variable));
}

/** Says which secret it is that cannot be used: of other errors than ours a log has the class alone. */
function inForm<Value, Read>({ variable }: Variable, read: (value: Value) => Read, value: Value): Read {
  try {
    return read(value);
  } catch (error) {
    // RangeErrors are ours, and tell lengths and names.
    const why = error instanceof RangeError ? `: ${error.message}` : '';
    throw new SettingError(`${variable} does not hold what it is to hold${why}`);
  }
}

/** A secret is base64 in its variable. */
export function secretBytes(environment: Environment, { variable }: Variable): Buffer {
  return Buffer.from(requireVariable(environment, variable), 'base64');
}
