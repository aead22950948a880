import type { JsonObject, JsonValue } from '../../shared/event/json.ts';

/** A row, and whose it is, which nobody who links rows knows. */
export interface OwnedRow {
  readonly owner: string;
  readonly row: JsonObject;
}

/**
 * How well rows of one owner can be told from rows of two, by what they have in common: the share of pairs of pairs in which
 * the former have more in common, 1 when always and 0.5 by chance (the area under the curve of true and false positives).
 * What two rows share counts by how rare it is. Values are compared wherever they stand, texts also by their first
 * characters, and so are the offsets between their times.
 */
export function linkability(rows: readonly OwnedRow[]): number {
  const features = rows.map(({ row }) => new Set(featuresOf(row)));
  const frequency = new Map<string, number>();
  for (const feature of features.flatMap((own) => [...own])) frequency.set(feature, (frequency.get(feature) ?? 0) + 1);
  const scores = { same: [] as number[], different: [] as number[] };
  for (const [at, own] of features.entries()) {
    for (let other = at + 1; other < rows.length; other += 1) {
      const theirs = features[other] ?? new Set<string>();
      let score = 0;
      for (const feature of own) {
        if (theirs.has(feature)) score += Math.log2(rows.length / (frequency.get(feature) ?? 1));
      }
      scores[rows[at]?.owner === rows[other]?.owner ? 'same' : 'different'].push(score);
    }
  }
  return areaUnderCurve(scores.same, scores.different);
}

function featuresOf(row: JsonObject): string[] {
  const texts: string[] = [];
  const visit = (value: JsonValue, name: string) => {
    if (Array.isArray(value)) for (const item of value) visit(item, name);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        texts.push(`key ${key}`, `key begins ${key.slice(0, 6)}`);
        visit(inner, key);
      }
    } else if (typeof value === 'string') texts.push(`${name} ${value}`, `begins ${value.slice(0, 6)}`);
    else if (value !== null) texts.push(`${name} ${value}`);
  };
  for (const [name, value] of Object.entries(row)) visit(value, name);
  const time = (name: string) => Date.parse(String(row[name]));
  for (const name of ['corrected_time', 'received_time', 'row_time']) {
    const offset = time(name) - time('event_time');
    if (!Number.isNaN(offset)) texts.push(`${name} after ${offset}`);
  }
  return texts;
}

function areaUnderCurve(higher: readonly number[], lower: readonly number[]): number {
  const all = [
    ...higher.map((score) => ({ score, isHigher: true })),
    ...lower.map((score) => ({ score, isHigher: false })),
  ];
  all.sort((a, b) => a.score - b.score);
  let sum = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to]?.score === all[from]?.score) to += 1;
    // Ties share the middle of their ranks.
    const rank = (from + 1 + to) / 2;
    sum += rank * all.slice(from, to).filter(({ isHigher }) => isHigher).length;
    from = to;
  }
  return (sum - (higher.length * (higher.length + 1)) / 2) / (higher.length * lower.length);
}
