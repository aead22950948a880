import { asObject, type JsonObject } from '../event/json.ts';
import { pointerSegment } from '../event/json-pointer.ts';
import type { SchemaProblem } from '../event/schema-problem.ts';
import { type KeyKind, type Namespace, readSdkBindings, saidKeyKind } from './sdk-bindings.ts';

const width = 'bucketWidthMillis';
const other = 'alsoReadBucketWidthMillis';

/**
 * Why `next` may not replace `active` as the bindings; empty when it may. What was claimed has to be found by every
 * instance, those with the old bindings and those with the new, so a width changes in three publications, each of which
 * is possible only after the one before: announce the new width (all read both, write the old), swap the two (write the
 * new), take the old one away one look-back later. A binding stays in its namespace: claims and `event_key` rest on it. A
 * namespace stays with public keys or with secret ones: what was claimed with a key that everybody has still counts.
 */
export function checkSdksChange(active: JsonObject, next: JsonObject): readonly SchemaProblem[] {
  const before = readSdkBindings(active).bindings;
  const after = readSdkBindings(next).bindings;
  const moved = [...after.values()].flatMap(({ name, namespace }) => {
    const known = before.get(name)?.namespace.name;
    if (known === undefined || known === namespace.name) return [];
    const message =
      `stays "${known}": events that were claimed there would be counted again, and keep another event_key; ` +
      'make a new binding, with write keys of its own';
    return [{ pointer: `/sdks/${pointerSegment(name)}/namespace`, message }];
  });
  const known = namespacesOf(before.values());
  const widths = [...namespacesOf(after.values()).values()].flatMap((namespace) => {
    const message = widthProblem(known.get(namespace.name), namespace);
    return message === undefined ? [] : [{ pointer: `/namespaces/${pointerSegment(namespace.name)}`, message }];
  });
  return [...moved, ...widths, ...kindChanges(active, next)];
}

/** Where a namespace would change hands. Bindings that say nothing of their keys are of an older release, and say it now. */
function kindChanges(active: JsonObject, next: JsonObject): SchemaProblem[] {
  const before = new Map<string, KeyKind>();
  for (const [name, { namespace }] of readSdkBindings(active).bindings) {
    const kind = saidKeyKind(asObject(active['sdks'])[name]);
    if (kind !== undefined) before.set(namespace.name, kind);
  }
  const after = [...readSdkBindings(next).bindings.values()];
  return after.flatMap(({ name, namespace, key }) => {
    const was = before.get(namespace.name);
    // What both kinds would share is refused as that.
    const isShared = after.some((other) => other.namespace.name === namespace.name && other.key === was);
    if (was === undefined || was === key || isShared) return [];
    const message =
      `namespace "${namespace.name}" is of ${was} keys: events were claimed there under them, and a key that was ` +
      `${was} is not made ${key} by saying so; make a new binding in a namespace of its own, with write keys of its own`;
    return [{ pointer: `/sdks/${pointerSegment(name)}/key`, message }];
  });
}

function namespacesOf(bindings: Iterable<{ readonly namespace: Namespace }>): ReadonlyMap<string, Namespace> {
  return new Map([...bindings].map(({ namespace }) => [namespace.name, namespace]));
}

/** What the next publication would have to say instead. */
function widthProblem(before: Namespace | undefined, after: Namespace): string | undefined {
  if (before === undefined) return undefined;
  const [was, wasRead] = [before.bucketWidthMillis, before.alsoReadBucketWidthMillis];
  const [is, isRead] = [after.bucketWidthMillis, after.alsoReadBucketWidthMillis];
  const shown = (written: number, read?: number) =>
    `"${width}": ${written}${read === undefined ? '' : `, "${other}": ${read}`}`;
  const why = 'a width changes in three publications, or resends are not recognised; next: publish';
  if (wasRead === undefined) return is === was ? undefined : `${why} ${shown(was, is)}`;
  const same = is === was && isRead === wasRead;
  const swapped = is === wasRead && isRead === was;
  const ended = is === was && isRead === undefined;
  if (same || swapped || ended) return undefined;
  if (is === wasRead)
    return `${why} ${shown(wasRead, was)}, which swaps the two; take the old one away a look-back later`;
  return `a change of the width is under way; ${why} ${shown(was)} once a look-back has passed since the swap`;
}
