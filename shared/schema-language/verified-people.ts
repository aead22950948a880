import { parsePointer } from '../event/json-pointer.ts';
import type { SchemaProblem } from '../event/schema-problem.ts';
import type { EventSchema } from '../event-types/event-schema.ts';
import type { SdkBindings } from '../sdks/sdk-bindings.ts';
import type { VerifiedRealms } from '../sdks/verified-realms.ts';
import { type PlacedReference, references } from '../subject-tokens/named-people.ts';

/** What `sdks.json` says of who may send and whom they may name. */
export interface Speakers {
  readonly bindings: SdkBindings;
  readonly realms: VerifiedRealms;
}

/**
 * Verified realms of which a type names two people although a public key may send it: a request proves one of them, so
 * that such an event could be sent in no way, or only where both are one.
 */
export function verifiedPeopleProblems(
  { edi, payload }: EventSchema,
  { bindings, realms }: Speakers,
): readonly SchemaProblem[] {
  const open = edi.sdks.filter((sdk) => bindings.get(sdk)?.key === 'public');
  if (edi.stage === 'retired' || open.length === 0) return [];
  return [...realms.keys()].flatMap((realm) => {
    const places = new Set(edi.subjectRealm === realm ? ['the subject'] : []);
    for (const placed of references(payload.columns)) {
      if (placed.reference.realm === realm) places.add(placeOf(placed));
    }
    const [one, other] = places;
    if (one === undefined || (other === undefined && !one.includes('*'))) return [];
    const people = other === undefined ? `everybody at ${one}` : `people at ${[...places].join(' and ')}`;
    const message =
      `"${realm}" is verified, and this type names ${people}: with the public keys of ${open.join(', ')} a request may ` +
      'name the one person whom its subject token proves; leave out the others, treat their values for the subject ' +
      '(no "subject" in the treatment), or let only bindings with secret keys send it';
    return [{ pointer: '/edi/sdks', message }];
  });
}

/** Where in the data the subject of a value stands, as a JSON Pointer in which `*` is any item, key or value. */
function placeOf({ reference, at }: PlacedReference): string {
  const pointer = parsePointer(reference.pointer);
  if (pointer === undefined) return reference.pointer;
  const { up, segments } = pointer;
  const from = up === undefined ? [] : at.slice(0, Math.max(0, at.length - up));
  return ['/data', ...from, ...segments].join('/');
}
