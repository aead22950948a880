import type { Catalog } from './catalog.ts';
import { type Html, html } from './html.ts';

/** How an owner is reached: a link where it is an address that may be one. Undefined where nobody has said it. */
function contactOf({ surroundings }: Catalog, owner: string): Html | undefined {
  const contact = surroundings.contacts.get(owner);
  if (contact === undefined) return undefined;
  const shown = contact.replace(/^(?:mailto:|https:\/\/)/, '');
  return isAddress(contact) ? html`<a href="${contact}">${shown}</a>` : html`${contact}`;
}

/** Whoever writes `owners.json` writes no script into the pages. */
function isAddress(contact: string): boolean {
  const url = URL.parse(contact);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'mailto:');
}

/** The owner, which is a filter of the list, and how to reach it. `root` is the way to the list. */
export function ownerText(catalog: Catalog, owner: string, root: string): Html {
  const contact = contactOf(catalog, owner);
  return html`<a href="${root}index.html?owner=${encodeURIComponent(owner)}">${owner}</a>${
    contact === undefined ? undefined : html`, ${contact}`
  }`;
}
