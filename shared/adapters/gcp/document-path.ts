/** Firestore's limit of a document's id, in UTF-8 (product documentation, "Constraints on document IDs"). */
const maxDocumentIdBytes = 1_500;

/** Throws a `RangeError` unless `name` is a plain name of a collection. */
export function assertCollection(name: string): void {
  if (!/^[A-Za-z][A-Za-z0-9-]{0,99}$/.test(name)) {
    throw new RangeError(`a collection is named by up to 100 letters, digits and "-", not "${name}"`);
  }
}

/**
 * Where the document of a key is: `<collection>/k<key>`. The letter in front keeps a key in base64url from being a name
 * that Firestore refuses (`__…__`), which is rare enough to be found late. Throws a `RangeError` for other such keys.
 */
export function documentPath(collection: string, key: string): string {
  const id = `k${key}`;
  if (key === '' || key.includes('/') || Buffer.byteLength(id) > maxDocumentIdBytes) {
    throw new RangeError(`a key is neither empty nor longer than ${maxDocumentIdBytes - 1} bytes and holds no slash`);
  }
  return `${collection}/${id}`;
}
