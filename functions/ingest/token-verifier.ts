import type { KeyObject } from 'node:crypto';
import type { Observer } from '../../shared/observe/observer.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { ObjectStore } from '../../shared/ports/object-store.ts';
import { type FetchKeySet, makeRealmKeys } from '../../shared/subject-tokens/realm-keys.ts';
import type { VerifyToken } from '../../shared/subject-tokens/verify-token.ts';
import type { IngestConfig } from './config.ts';

export interface TokenPorts {
  /** Keys that issuers of verified realms have shown. */
  readonly realmKeys: ObjectStore;
  /** Keys of HS256, by name. */
  readonly tokenSecrets: ReadonlyMap<string, KeyObject>;
  readonly fetchKeySet: FetchKeySet;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** Verifies subject tokens. The library for it is loaded with the first, which most deployments never see. */
export function makeLazyVerifier(ports: TokenPorts, config: IngestConfig): VerifyToken {
  let loading: Promise<VerifyToken> | undefined;
  async function load(): Promise<VerifyToken> {
    const { makeTokenVerifier } = await import('../../shared/subject-tokens/verify-token.ts');
    const { realmKeys: seen, tokenSecrets: secrets } = ports;
    const keys = makeRealmKeys({ ...ports, seen, settings: config });
    return makeTokenVerifier({ keys, secrets, maxTokenBytes: config.maxTokenBytes });
  }
  return async (token, realms) => {
    loading ??= load();
    return (await loading)(token, realms);
  };
}
