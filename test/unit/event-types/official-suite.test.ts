import { expect, test } from 'vitest';
import {
  compatVerdicts,
  explanationOf,
  ingestVerdicts,
  knownDifferences,
  officialCases,
  type ValidationCase,
  type Verdict,
} from '../../helpers/schema-validators.ts';

const cases = officialCases();

function differences(
  who: string,
  verdictsOf: (schema: ValidationCase['schema']) => (value: ValidationCase['value']) => Verdict,
): readonly ValidationCase[] {
  const bySchema = Map.groupBy(cases, ({ schema }) => schema);
  return [...bySchema].flatMap(([schema, group]) => {
    const verdict = verdictsOf(schema);
    const differing = group.filter(({ value, valid }) => {
      const answer = verdict(value);
      return answer !== valid && !(who === 'compat' && answer === 'undecided');
    });
    return differing;
  });
}

const shown = ({ file, group, test: name }: ValidationCase) => `${file}: ${group}: ${name}`;

test('the official suite has all of its cases', () => {
  expect(cases.length).toBeGreaterThan(2_000);
});

test.each([
  ['ingest', ingestVerdicts],
  ['compat', compatVerdicts],
] as const)('%s answers as the official suite, but for what is listed', (who, verdictsOf) => {
  const found = differences(who, verdictsOf);
  expect(found.filter((each) => explanationOf(who, each) === undefined).map(shown)).toEqual([]);
});

test('every listed difference of ingest is one still', () => {
  const used = new Set(differences('ingest', ingestVerdicts).map((each) => explanationOf('ingest', each)));
  expect(knownDifferences.filter((known) => known.who === 'ingest' && !used.has(known))).toEqual([]);
});
