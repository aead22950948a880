import type { JsonObject } from '../../event/json.ts';
import { referredNode } from '../../event-types/schema-node.ts';
import { childPlaces, type SchemaPlace } from '../../event-types/schema-places.ts';
import { errorAt, type Finding } from './finding.ts';

/** References by which a schema contains itself. Every other rule may then follow references without an end in sight. */
export function circleFindings(root: JsonObject): readonly Finding[] {
  const findings: Finding[] = [];
  const state = new Map<JsonObject, 'open' | 'done'>();
  // An explicit stack: a document of ours may be deeper than the machine's own.
  const stack: { readonly place: SchemaPlace; readonly next: SchemaPlace[] }[] = [];
  const enter = (place: SchemaPlace) => {
    state.set(place.node, 'open');
    const target = referredNode(root, place.node);
    const referred = target === undefined ? [] : [{ node: target, pointer: String(place.node['$ref']).slice(1) }];
    stack.push({ place, next: [...childPlaces(place), ...referred] });
  };
  enter({ node: root, pointer: '' });
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.next.pop();
    if (next === undefined) {
      state.set(top.place.node, 'done');
      stack.pop();
    } else if (state.get(next.node) === 'open') findings.push(finding(top.place.pointer));
    else if (!state.has(next.node)) enter(next);
  }
  return findings;
}

function finding(pointer: string): Finding {
  const message = 'this reference leads back to where it stands: data of any depth, for which a table has no columns';
  const fix = 'write out as many levels as are needed, or leave the part free-form (an object without "properties")';
  return errorAt(`${pointer}/$ref`, 'reference-circular', message, fix);
}
