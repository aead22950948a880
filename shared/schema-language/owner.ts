import { isJsonObject, type JsonValue } from '../event/json.ts';
import { pointerSegment } from '../event/json-pointer.ts';
import { errorAt, type Finding } from './lint/finding.ts';

/** A team or a channel by its name, a mail address, or a page. */
const contact = /^(?:#?[a-z0-9]+(?:[-_.][a-z0-9]+)*|[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+|https:\/\/[^\s/]+\S*)$/i;

/** What an owner has to be, for people. */
export const ownerText =
  'a team or channel in one word (team-shop, #shop), a mail address (shop@example.com) or a page (https://…)';

/** Whether somebody who reads it knows where to ask: text that names nobody is what is found when a table breaks. */
export function isContact(owner: string): boolean {
  return contact.test(owner);
}

/** Active revisions are not judged by it: it came after them. */
export function ownerFindings(owner: JsonValue | undefined): readonly Finding[] {
  if (typeof owner !== 'string' || owner.trim() === '' || isContact(owner)) return [];
  return [errorAt('/edi/owner', 'owner-unreachable', 'this names nobody who can be reached', ownerText)];
}

const howToReach = 'write {"team-shop": "mailto:shop@example.com"}; a page (https://…) or words do, too';

/**
 * Checks `owners.json`, which says how each owner is reached. A warning tells which of `owners`, that are names and no
 * addresses themselves, it leaves out.
 */
export function checkOwners(document: JsonValue, owners: Iterable<string>): readonly Finding[] {
  if (!isJsonObject(document)) return [errorAt('', 'owners', 'owners.json has to be an object', howToReach)];
  const unusable = Object.entries(document)
    .filter(([owner, how]) => !owner.startsWith('$') && (typeof how !== 'string' || how.trim() === ''))
    .map(([owner]) =>
      errorAt(`/${pointerSegment(owner)}`, 'owners', 'this does not say how to reach them', howToReach),
    );
  const left = [...new Set(owners)].filter((owner) => !/@|^https:/i.test(owner) && !Object.hasOwn(document, owner));
  return [
    ...unusable,
    ...left.sort().map((owner): Finding => {
      const message = `nothing here says how to reach ${owner}, who answers for a type`;
      return { severity: 'warning', rule: 'owners', pointer: '', message, fix: howToReach };
    }),
  ];
}
