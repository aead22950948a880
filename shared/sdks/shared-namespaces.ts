import type { JsonValue } from '../event/json.ts';
import { pointerSegment } from '../event/json-pointer.ts';
import type { SchemaProblem } from '../event/schema-problem.ts';
import { readSdkBindings } from './sdk-bindings.ts';

/**
 * Namespaces that public and secret keys would share. Whoever has a public key could claim the identity of an event
 * before the server that sends it does, and dedup would take the true one for a resend.
 */
export function sharedNamespaceProblems(sdks: JsonValue): readonly SchemaProblem[] {
  const byNamespace = Map.groupBy(readSdkBindings(sdks).bindings.values(), ({ namespace }) => namespace.name);
  return [...byNamespace].flatMap(([namespace, bindings]) => {
    const open = bindings.find(({ key }) => key === 'public');
    return bindings
      .filter(({ key }) => key === 'secret' && open !== undefined)
      .map(({ name }) => ({
        pointer: `/sdks/${pointerSegment(name)}/namespace`,
        message:
          `"${namespace}" is the namespace of "${open?.name}", too, whose keys are public: who has one could send an ` +
          'event first under the identity of an event of this binding, which would then be dropped as a resend; ' +
          'give bindings with secret keys a namespace of their own',
      }));
  });
}
