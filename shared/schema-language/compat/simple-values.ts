import { wordsOf } from './languages.ts';
import type { Literal } from './literals.ts';
import { numberFits } from './numbers.ts';
import { stringFits } from './strings.ts';

const maxLength = 2_000;

/** One text or more of each format that is known. */
export const formatSamples: Readonly<Record<string, readonly string[]>> = {
  'date-time': ['2024-05-17T09:30:00Z', '2024-05-17T09:30:00.5+02:00'],
  date: ['2024-05-17'],
  time: ['09:30:00Z'],
  duration: ['P1D'],
  email: ['somebody@example.com'],
  'idn-email': ['å@example.com'],
  hostname: ['example.com'],
  'idn-hostname': ['å.example.com'],
  ipv4: ['192.0.2.1'],
  ipv6: ['2001:db8::1'],
  uri: ['https://example.com/'],
  'uri-reference': ['/a'],
  iri: ['https://example.com/å'],
  'iri-reference': ['/å'],
  uuid: ['3f2b8c1e-7a4d-4e5f-9b6a-0c1d2e3f4a5b'],
  'uri-template': ['/{a}'],
  'json-pointer': ['/a'],
  'relative-json-pointer': ['1/a'],
  regex: ['a+'],
};
const texts = ['', 'a', 'aa', 'b', '1', ' ', 'A', '\\', '/{', ...Object.values(formatSamples).flat()];

/** Numbers that fit all literals about numbers: those at the bounds and near them, the simplest first. */
export function numberCandidates(literals: readonly Literal[]): readonly number[] {
  const marks = new Set([0, 1, -1, 0.5, 2]);
  const factors: number[] = [];
  for (const literal of literals) {
    if (literal.kind === 'range') for (const bound of [literal.min, literal.max]) if (bound) marks.add(bound.value);
    if (literal.kind === 'multiple') factors.push(literal.of);
    if (literal.kind === 'none-of') for (const value of literal.values) if (typeof value === 'number') marks.add(value);
  }
  const steps = [1, 0.5, 0.1, ...factors, ...factors.map((factor) => factor / 2)];
  const near = [...marks].flatMap((mark) => [
    mark,
    ...steps.flatMap((step) => [
      mark + step,
      mark - step,
      Math.ceil(mark / step) * step,
      Math.floor(mark / step) * step,
    ]),
  ]);
  const rounded = near.flatMap((value) => [value, Number(value.toPrecision(12)), Math.round(value)]);
  return [...new Set([...rounded, ...middles([...marks])])]
    .filter((value) => Number.isFinite(value) && literals.every((literal) => numberFits(literal, value)))
    .sort((a, b) => String(a).length - String(b).length || Math.abs(a) - Math.abs(b));
}

function middles(marks: readonly number[]): number[] {
  const sorted = marks.toSorted((a, b) => a - b);
  return sorted.slice(1).map((mark, at) => (mark + (sorted[at] ?? mark)) / 2);
}

type CheckFormat = (format: string, text: string) => boolean | undefined;

/** Texts that fit all literals about texts, the shortest first. */
export function textCandidates(literals: readonly Literal[], checkFormat?: CheckFormat): readonly string[] {
  const lengths = new Set<number>();
  const own: string[] = [];
  const [matches, avoids]: [string[], string[]] = [[], []];
  for (const literal of literals) {
    if (literal.kind === 'length')
      for (const bound of [literal.min, literal.max]) if (bound !== undefined) lengths.add(bound);
    if (literal.kind === 'pattern') (literal.holds ? matches : avoids).push(literal.pattern);
    if (literal.kind === 'format') own.push(...(formatSamples[literal.format] ?? []));
  }
  const bounded = [...lengths].filter((length) => length <= maxLength);
  const words = wordsOf({
    matches,
    avoids,
    minLength: Math.max(0, ...bounded.filter((n) => fitsLength(literals, n))),
    maxLength: Number.POSITIVE_INFINITY,
  });
  const shortest = wordsOf({ matches, avoids, minLength: 0, maxLength: Number.POSITIVE_INFINITY });
  const padded = bounded.flatMap((length) => [
    'a'.repeat(length),
    ...texts.slice(3).map((text) => text + 'a'.repeat(Math.max(0, length - text.length))),
  ]);
  const format = (text: string) =>
    literals.every(
      (literal) => literal.kind !== 'format' || (checkFormat?.(literal.format, text) ?? true) === literal.holds,
    );
  return [...new Set([...texts, ...own, ...padded, ...words, ...shortest])]
    .filter((text) => literals.every((literal) => stringFits(literal, text)) && format(text))
    .sort((a, b) => a.length - b.length || Number(isPlain(b)) - Number(isPlain(a)));
}

/** Small letters are easier to read than anything else. */
function isPlain(text: string): boolean {
  return /^[a-z]*$/.test(text);
}

function fitsLength(literals: readonly Literal[], length: number): boolean {
  const text = 'a'.repeat(length);
  return literals.every((literal) => literal.kind !== 'length' || stringFits(literal, text));
}
