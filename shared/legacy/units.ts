/** A quantity of each unit of a kind, as whole numbers of the smallest. */
const kinds: readonly Readonly<Record<string, number>>[] = [
  { us: 1, ms: 1_000, s: 1_000_000, min: 60_000_000, h: 3_600_000_000, d: 86_400_000_000 },
  { B: 1, kB: 1_000, KiB: 1_024, MB: 1_000_000, MiB: 1_048_576, GB: 1_000_000_000, GiB: 1_073_741_824 },
  { mm: 1, cm: 10, m: 1_000, km: 1_000_000 },
  { percent: 1, fraction: 100 },
];

export const unitNames: readonly string[] = kinds.flatMap((kind) => Object.keys(kind));

/** What a number of one unit is multiplied with, and divided by, to be of another; undefined where they differ in kind. */
export function unitRatio(from: string, to: string): readonly [times: number, dividedBy: number] | undefined {
  for (const kind of kinds) {
    const [one, other] = [kind[from], kind[to]];
    if (one !== undefined && other !== undefined) return [one, other];
  }
  return undefined;
}
