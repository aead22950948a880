import { beyondBound, erasureBoundDays, keepings } from '../erasure-bound.ts';
import { quarantineTable } from '../naming.ts';
import type { Topology } from '../topology.ts';
import type { Violation } from './violation.ts';

/** What would be readable for longer after an erasure than its receipt says. */
export function erasureFindings({ tables }: Pick<Topology, 'tables'>): Violation[] {
  const found = tables.find(({ table }) => table === quarantineTable);
  const days = found === undefined ? 0 : (found.layout.retentionDays ?? Number.POSITIVE_INFINITY);
  return beyondBound(keepings(days)).map(({ what, days: value, sum }) => ({
    path: `${what}, days that it can be read after an erasure`,
    value,
    rule: `at most erasureBoundDays (${erasureBoundDays}): it is ${sum}`,
  }));
}
