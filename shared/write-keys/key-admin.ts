import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { WriteKeyRecord, WriteKeyRecords } from '../ports/write-key-records.ts';
import { writeKeysDefaults } from './stored-write-keys.ts';
import { newWriteKey } from './write-key.ts';

/** What is told of a stored key. */
export type ListedKey = Omit<WriteKeyRecord, 'hash'>;

export type CreateKeyOutcome =
  /** `writeKey` is the secret, which is told here and never again. */
  | { readonly kind: 'created'; readonly keyId: string; readonly sdk: string; readonly writeKey: string }
  /** No such SDK binding; `sdks` are those that there are. */
  | { readonly kind: 'unknown-sdk'; readonly sdks: readonly string[] };

export interface RevokeKeyOutcome {
  readonly kind: 'revoked' | 'already-revoked' | 'unknown';
  /** From now on, wherever ingest reaches its key storage (`maxStalenessSeconds`). */
  readonly refusedWithinSeconds: number;
}

/** Creates, lists and revokes the write keys of one environment. All reject with `Unavailable`. */
export interface KeyAdmin {
  create(sdk: string): Promise<CreateKeyOutcome>;
  /** All keys, the oldest first, revoked ones too. */
  list(): Promise<ListedKey[]>;
  revoke(keyId: string): Promise<RevokeKeyOutcome>;
}

export interface KeyAdminOptions {
  readonly records: WriteKeyRecords;
  /** Names of the SDK bindings. */
  readonly readSdks: () => Promise<readonly string[]>;
  /** Its name is in each key: 1 to 30 lower-case letters, digits and "-", a letter first. */
  readonly environment: string;
  readonly clock: Clock;
  readonly random: Random;
}

const keyIdFormat = /^[0-9a-f]{16}$/;

/** True for what can be the id of a write key. */
export function isKeyId(text: string): boolean {
  return keyIdFormat.test(text);
}

/** The administration of write keys over their records. */
export function makeKeyAdmin({ records, readSdks, environment, clock, random }: KeyAdminOptions): KeyAdmin {
  const refusedWithinSeconds = writeKeysDefaults.maxStalenessSeconds;
  return {
    async create(sdk) {
      const sdks = await readSdks();
      if (!sdks.includes(sdk)) return { kind: 'unknown-sdk', sdks };
      const { writeKey, identity } = newWriteKey(environment, random);
      await records.create({ ...identity, sdk, createdAtMillis: clock.nowMillis() });
      return { kind: 'created', keyId: identity.keyId, sdk, writeKey };
    },
    async list() {
      return (await records.list()).map(({ hash: _, ...listed }) => listed);
    },
    async revoke(keyId) {
      const kind = isKeyId(keyId) ? await records.revoke(keyId, clock.nowMillis()) : 'unknown';
      return { kind, refusedWithinSeconds };
    },
  };
}
