import type { Clock } from '../ports/clock.ts';
import { Unavailable } from '../ports/unavailable.ts';
import type { WriteKeyRecords } from '../ports/write-key-records.ts';
import type { WriteKeyAnswer, WriteKeys } from '../ports/write-keys.ts';
import { identifyWriteKey, type WriteKeyIdentity } from './write-key.ts';

export interface WriteKeysSettings {
  /** A key is accepted or refused for at most this long after its record changed. Default 10. */
  readonly maxStalenessSeconds: number;
  /**
   * While the storage cannot be reached, a key that was good goes on for at most this long after it was last seen to
   * be: ingest is to survive an outage of its key storage. Default 600; 0 refuses to answer instead.
   */
  readonly maxOutageStalenessSeconds: number;
  /** Keys that are remembered, for good and for unknown ones each. Default 10,000. */
  readonly maxCachedKeys: number;
}

export const writeKeysDefaults: WriteKeysSettings = {
  maxStalenessSeconds: 10,
  maxOutageStalenessSeconds: 600,
  maxCachedKeys: 10_000,
};

export interface StoredWriteKeysOptions {
  readonly records: Pick<WriteKeyRecords, 'find'>;
  readonly clock: Clock;
  readonly settings?: Partial<WriteKeysSettings>;
}

interface CachedAnswer {
  readonly answer: WriteKeyAnswer;
  /** When the look-up began whose answer this is. */
  readonly knownAtMillis: number;
  /** Until when the storage is not asked again. */
  readonly freshUntilMillis: number;
}

const unknownKey: WriteKeyAnswer = { kind: 'unknown' };

/**
 * Write keys over their stored hashes, remembered briefly. Good keys and others are remembered apart, so that guesses
 * push no good key out. What does not look like a key is unknown without a look-up; look-ups of one key that come
 * together are one.
 */
export function makeStoredWriteKeys(options: StoredWriteKeysOptions): WriteKeys {
  const { records, clock } = options;
  const settings = { ...writeKeysDefaults, ...options.settings };
  const good = new Map<string, CachedAnswer>();
  const others = new Map<string, CachedAnswer>();
  const underWay = new Map<string, Promise<WriteKeyAnswer>>();

  function remember({ hash }: WriteKeyIdentity, cached: CachedAnswer): WriteKeyAnswer {
    good.delete(hash);
    others.delete(hash);
    const cache = cached.answer.kind === 'unknown' ? others : good;
    cache.set(hash, cached);
    const [oldest] = cache.keys();
    if (cache.size > settings.maxCachedKeys && oldest !== undefined) cache.delete(oldest);
    return cached.answer;
  }

  async function lookUp(identity: WriteKeyIdentity): Promise<WriteKeyAnswer> {
    const knownAtMillis = clock.nowMillis();
    const freshMillis = settings.maxStalenessSeconds * 1_000;
    try {
      const record = await records.find(identity.keyId);
      const valid = record?.hash === identity.hash && record.revokedAtMillis === undefined;
      const answer: WriteKeyAnswer = valid ? { kind: 'sdk', sdk: record.sdk } : unknownKey;
      return remember(identity, { answer, knownAtMillis, freshUntilMillis: knownAtMillis + freshMillis });
    } catch (error) {
      const last = good.get(identity.hash);
      const nowMillis = clock.nowMillis();
      if (!(error instanceof Unavailable) || last === undefined) throw error;
      if (nowMillis - last.knownAtMillis > settings.maxOutageStalenessSeconds * 1_000) throw error;
      return remember(identity, { ...last, freshUntilMillis: nowMillis + freshMillis });
    }
  }

  return {
    async find(writeKey) {
      const identity = identifyWriteKey(writeKey);
      if (identity === undefined) return unknownKey;
      const { hash } = identity;
      const cached = good.get(hash) ?? others.get(hash);
      if (cached !== undefined && clock.nowMillis() < cached.freshUntilMillis) return remember(identity, cached);
      const pending = underWay.get(hash) ?? lookUp(identity).finally(() => underWay.delete(hash));
      underWay.set(hash, pending);
      return await pending;
    },
  };
}
