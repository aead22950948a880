import type { JsonValue } from './json.ts';

/** Names of our own in kebab-case: of realms, and of domains of tokens. */
const nameGrammar = /^[a-z][a-z0-9-]{0,62}$/;

/** Kept for the installation of an envelope, whose name is its `source`. */
export const sourceRealm = 'source';

export function isKebabName(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && nameGrammar.test(value);
}

/** Whether this can be a realm of people, such as `github-user` or `customer`: whose numbering a data subject's name is of. */
export function isRealm(value: JsonValue | undefined): value is string {
  return isKebabName(value) && value !== sourceRealm;
}
