/** The page of a type, from the catalog's root. */
export function typePagePath(type: string): string {
  return `types/${type}.html`;
}

/** The page of SDK bindings, and that of data subjects. */
export const sdksPagePath = 'sdks.html';
export const subjectsPagePath = 'subjects.html';

/** Where pages of a deployment ask for the shares of a type's weeks. */
export function legacySharePath(type: string): string {
  return `legacy/${type}.json`;
}

/** Where they ask for how complete and how fresh a type is. */
export function typeStatePath(type: string): string {
  return `state/${type}.json`;
}
