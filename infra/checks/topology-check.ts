import { cloudNames } from '../cloud-names.ts';
import type { Environment } from '../environments/environment.ts';
import type { Topology } from '../topology.ts';
import { erasureFindings } from './erasure-rules.ts';
import { functionFindings } from './function-rules.ts';
import { quotaFindings } from './quota-rules.ts';
import { subscriptionFindings } from './subscription-rules.ts';
import { tableFindings } from './table-rules.ts';
import { CheckError } from './violation.ts';

/** Throws `CheckError` for what `terraform plan` would accept and Google would not, or what would lose data. */
export function checkTopology(topology: Topology, environment: Environment): void {
  const violations = [
    ...subscriptionFindings(topology),
    ...functionFindings(topology, cloudNames(environment)),
    ...quotaFindings(topology, environment),
    ...tableFindings(topology),
    ...erasureFindings(topology),
  ];
  if (violations.length > 0) throw new CheckError('this topology cannot be deployed', violations);
}
