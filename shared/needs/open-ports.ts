import { type Kinds, kinds } from './kinds.ts';
import type { AnyNeeds, Needs } from './needs.ts';
import type { BasePorts, OpenersOf, PortsOf } from './ports.ts';

type Opener<C> = { open(context: C, kind: unknown): unknown }['open'];

/** What `OpenersOf` is to the code below, which knows no single function. */
interface AnyOpeners<C> {
  base(context: C, needs: AnyNeeds): BasePorts;
  readonly publisher?: Opener<C>;
  readonly topic?: Opener<C>;
  readonly topicFamily?: Opener<C>;
  readonly databases?: Readonly<Record<string, Opener<C>>>;
  readonly bucket?: Opener<C>;
  readonly secrets?: Readonly<Record<string, Opener<C>>>;
  readonly described?: Opener<C>;
  readonly authenticator?: Opener<C>;
}

/**
 * Opens what a function needs by a deployment's openers. Nothing is connected yet: whatever cannot be reached rejects at
 * its first use. Throws `SettingError` where the context lacks a variable.
 */
export function openPorts<const N extends Needs, C>(needs: N, openers: OpenersOf<N, C>, context: C): PortsOf<N>;
export function openPorts<C>(needs: AnyNeeds, openers: AnyOpeners<C>, context: C): object {
  const all: Kinds = kinds;
  const topic = (role: string) => {
    const family = all.topicFamilies[role];
    return family === undefined ? openers.topic?.(context, all.topics[role]) : openers.topicFamily?.(context, family);
  };
  const secret = (name: string) => openers.secrets?.[all.secrets[name]?.form ?? '']?.(context, all.secrets[name]);
  return {
    ...openers.base(context, needs),
    ...(needs.publishes.length > 0 ? { publisher: openers.publisher?.(context, undefined) } : {}),
    topics: opened(needs.publishes, topic),
    databases: opened(Object.keys(needs.databases), (kind) =>
      openers.databases?.[kind]?.(context, all.databases[kind]),
    ),
    buckets: opened(Object.keys(needs.buckets), (kind) => openers.bucket?.(context, all.buckets[kind])),
    secrets: opened(needs.secrets, secret),
    described: opened(needs.describes, (kind) => openers.described?.(context, all.datasets[kind])),
    ...(needs.callers.kind === 'push' ? { authenticator: openers.authenticator?.(context, undefined) } : {}),
  };
}

function opened(names: readonly string[], open: (name: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, open(name)]));
}
