import type { MappingRun } from './mapping-run.ts';
import { columnName, freeColumnName, nearestColumnName, noColumnText } from './names.ts';

type Naming = Pick<MappingRun, 'reading' | 'policies'>;

interface GivenName {
  readonly name: string;
  readonly problem?: { readonly reason: 'name' | 'name-collision'; readonly message: string };
  /** The property gets no column. */
  readonly isRefused?: boolean;
}

/** The column name of a property, by the run's reading and policies, beside the names that its siblings have taken. */
export function nameColumn(run: Naming, property: string, takenBy: (name: string) => string | undefined): GivenName {
  const isExact = run.reading === 'exact';
  const wanted = isExact ? columnName(property) : nearestColumnName(property, run.policies.names);
  if (wanted === undefined) {
    return { name: property, problem: { reason: 'name', message: noColumnText(property) }, isRefused: true };
  }
  const other = takenBy(wanted);
  if (other !== undefined) {
    const share = `"${property}" and "${other}" would share the column ${wanted}`;
    if (isExact)
      return { name: wanted, problem: { reason: 'name-collision', message: `${share}; rename one of them` } };
    const name = freeColumnName(wanted, (candidate) => takenBy(candidate) !== undefined);
    return { name, problem: { reason: 'name-collision', message: `${share}; this one is called ${name}` } };
  }
  const isKept = isExact || wanted === (run.policies.names === 'snake' ? columnName(property) : property);
  if (isKept) return { name: wanted };
  return {
    name: wanted,
    problem: { reason: 'name', message: `BigQuery holds no column "${property}"; called ${wanted}` },
  };
}
