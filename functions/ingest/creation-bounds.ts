import { hash } from 'node:crypto';
import type { RetryReason } from '../../shared/outcome/outcome.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { SdkBinding } from '../../shared/sdks/sdk-bindings.ts';
import type { IngestConfig } from './config.ts';

/** The part of an envelope that something is made of and kept for good: a key for each source and data subject. */
interface Names {
  readonly source: string;
  readonly subject?: string;
}

/** Asked for each event of a request that is accepted otherwise: why it has to wait, or undefined. */
type CreationCheck = (names: Names) => RetryReason | undefined;

export interface CreationBounds {
  /** For one request; undefined where its binding sets no bound. */
  check(client: string, binding: SdkBinding | undefined): CreationCheck | undefined;
}

interface Remembered {
  readonly minute: number;
  /** Hashes of what was named. */
  readonly names: Set<string>;
  sources: number;
  subjects: number;
}

type CreationSettings = Pick<
  IngestConfig,
  'maxClientSourcesPerMinute' | 'maxClientSubjectsPerMinute' | 'maxRememberedNames'
>;

/**
 * Bounds what can be created for good by whoever has a public key: distinct sources and data subjects of a request, as
 * the binding says, and of a client address in a minute. Both hold for one instance; what they refuse may come again.
 */
export function makeCreationBounds(settings: CreationSettings, clock: Clock, random: Random): CreationBounds {
  const clients = new Map<string, Remembered>();
  const secret = Buffer.from(random.bytes(32)).toString('base64');
  let rememberedNames = 0;

  function forget(client: string, remembered: Remembered): void {
    clients.delete(client);
    rememberedNames -= remembered.names.size;
  }

  function rememberedOf(client: string): Remembered {
    const minute = Math.floor(clock.nowMillis() / 60_000);
    const remembered = clients.get(client);
    if (remembered?.minute === minute) return remembered;
    if (remembered !== undefined) forget(client, remembered);
    const fresh = { minute, names: new Set<string>(), sources: 0, subjects: 0 };
    clients.set(client, fresh);
    return fresh;
  }

  /** The oldest first: a map keeps the order of insertion, and a client is inserted anew each minute. */
  function forgetOldest(): void {
    for (const [client, remembered] of clients) {
      if (rememberedNames <= settings.maxRememberedNames) return;
      forget(client, remembered);
    }
  }

  function mayName(client: string, kind: 'sources' | 'subjects', name: string): boolean {
    const remembered = rememberedOf(client);
    const known = hash('sha512-256', `${secret}${kind}${name}`, 'base64url').slice(0, 16);
    if (remembered.names.has(known)) return true;
    const most = kind === 'sources' ? settings.maxClientSourcesPerMinute : settings.maxClientSubjectsPerMinute;
    if (remembered[kind] >= most) return false;
    remembered.names.add(known);
    remembered[kind]++;
    rememberedNames++;
    forgetOldest();
    return true;
  }

  return {
    check(client, binding) {
      const { maxRequestSources, maxRequestSubjects } = binding ?? {};
      if (maxRequestSources === undefined && maxRequestSubjects === undefined) return undefined;
      const sources = new Set<string>();
      const subjects = new Set<string>();
      const admits = (named: Set<string>, kind: 'sources' | 'subjects', name: string, most: number | undefined) => {
        if (most === undefined || named.has(name)) return true;
        if (named.size >= most || !mayName(client, kind, name)) return false;
        named.add(name);
        return true;
      };
      return ({ source, subject }) => {
        if (!admits(sources, 'sources', source, maxRequestSources)) return 'too-many-sources';
        if (subject === undefined || admits(subjects, 'subjects', subject, maxRequestSubjects)) return undefined;
        return 'too-many-subjects';
      };
    },
  };
}
