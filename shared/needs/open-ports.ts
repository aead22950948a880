import type { Kinds } from './kind.ts';
import { kinds } from './kinds.ts';
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
  readonly rows?: Readonly<Record<string, Opener<C>>>;
  readonly statements?: Opener<C>;
  readonly authenticator?: Opener<C>;
}

/**
 * Opens what a function needs by a deployment's openers. Nothing is connected yet: whatever cannot be reached rejects at
 * its first use. Throws `SettingError` where the context lacks a variable.
 */
export function openPorts<const N extends Needs, C>(needs: N, openers: OpenersOf<N, C>, context: C): PortsOf<N>;
export function openPorts<C>(needs: AnyNeeds, openers: AnyOpeners<C>, context: C): object {
  const all: Kinds = kinds;
  const use = (opener: Opener<C> | undefined, what: string, kind?: unknown) => {
    if (opener === undefined) throw new TypeError(`${needs.name} needs ${what}, of which no opener was passed`);
    return opener(context, kind);
  };
  const topic = (role: string) => {
    const family = all.topicFamilies[role];
    if (family !== undefined) return use(openers.topicFamily, `topics ${role}.…`, family);
    return use(openers.topic, `topic ${role}`, all.topics[role]);
  };
  const secret = (name: string) => {
    const kind = all.secrets[name];
    return use(openers.secrets?.[kind?.form ?? ''], `secret ${name}`, kind);
  };
  return {
    ...openers.base(context, needs),
    ...(needs.publishes.length > 0 ? { publisher: use(openers.publisher, 'a publisher') } : {}),
    topics: opened(needs.publishes, topic),
    databases: opened(Object.keys(needs.databases), (kind) => use(openers.databases?.[kind], `database ${kind}`)),
    buckets: opened(Object.keys(needs.buckets), (kind) => use(openers.bucket, `bucket ${kind}`, all.buckets[kind])),
    secrets: opened(needs.secrets, secret),
    rows: opened(needs.rows ?? [], (kind) => use(openers.rows?.[kind], `rows of table ${kind}`)),
    ...((needs.changes ?? []).length > 0 ? { statements: use(openers.statements, 'tables to change', needs) } : {}),
    described: opened(needs.describes, (kind) => use(openers.described, `dataset ${kind}`, all.datasets[kind])),
    ...(needs.callers.kind === 'push' ? { authenticator: use(openers.authenticator, 'an authenticator') } : {}),
  };
}

function opened(names: readonly string[], open: (name: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, open(name)]));
}
