import type { JsonValue } from '../event/json.ts';
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
