/** Compares generations of an object, decimal numbers of any length: below 0 when `a` is the older one. */
function compareGenerations(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}

/** True when what is known, if anything is, came of a later upload. The same upload, delivered again, is not older. */
export function isOlder(generation: string, known: string | undefined): boolean {
  return known !== undefined && compareGenerations(generation, known) < 0;
}

/** True for what Cloud Storage calls a generation: a decimal number without a leading zero. */
export function isGeneration(text: string): boolean {
  return /^[1-9]\d{0,18}$/.test(text);
}
