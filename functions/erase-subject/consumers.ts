import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { isKebabName } from '../../shared/event/realm.ts';
import type { Erasure, Erasures } from '../../shared/ports/erasures.ts';

/** Names of one erasure that are kept, and so the most consumers of an environment; most have some dozen. */
export const maxConsumers = 100;

/** The consumers of an environment, `catalog,ranking`: those that an erasure waits for. */
function consumersOf(setting: string): readonly string[] {
  return setting.split(',').filter((name) => name !== '');
}

/** The consumer that acknowledges, `{"consumer": "ranking"}`; undefined for anything else. */
export function readConsumer(value: JsonValue | undefined): string | undefined {
  const { consumer, ...others } = isJsonObject(value) ? value : {};
  return isKebabName(consumer) && consumer.length <= 100 && Object.keys(others).length === 0 ? consumer : undefined;
}

export type Acknowledged =
  | { readonly kind: 'acknowledged'; readonly erasure: Erasure }
  | { readonly kind: 'unknown' | 'busy' | 'full' };

/** A consumer has deleted its copies. Said twice is said once, at the first time. Rejects with `Unavailable`. */
export async function acknowledge(
  id: string,
  consumer: string,
  { erasures, nowMillis }: { readonly erasures: Erasures; readonly nowMillis: number },
): Promise<Acknowledged> {
  const stored = await erasures.find(id);
  if (stored === undefined) return { kind: 'unknown' };
  const { acknowledged } = stored.erasure;
  if (Object.hasOwn(acknowledged, consumer)) return { kind: 'acknowledged', erasure: stored.erasure };
  if (Object.keys(acknowledged).length >= maxConsumers) return { kind: 'full' };
  const erasure = { ...stored.erasure, acknowledged: { ...acknowledged, [consumer]: nowMillis } };
  const saved = await erasures.save(erasure, stored.version);
  return saved === 'changed' ? { kind: 'busy' } : { kind: 'acknowledged', erasure };
}

/** The part of a receipt that waits for the consumers of the environment, where it has any; and who has acknowledged. */
export function consumersPart({ acknowledged, unreadableFromMillis }: Erasure, setting: string) {
  const consumers = consumersOf(setting);
  const waiting = consumers.filter((name) => !Object.hasOwn(acknowledged, name));
  const waits = { state: 'waits', until: new Date(unreadableFromMillis).toISOString(), waitsFor: waiting };
  const part: JsonObject & { readonly state: string } = {
    part: 'consumers',
    ...(waiting.length > 0 ? waits : { state: 'done' }),
    means: 'those who copied streams say that their copies are gone',
  };
  const at = Object.entries(acknowledged).map(([name, millis]) => [name, new Date(millis).toISOString()]);
  return { parts: consumers.length > 0 ? [part] : [], acknowledged: Object.fromEntries(at) };
}
