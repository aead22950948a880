import type { MonitoringAlertPolicyConditions } from '@cdktf/provider-google/lib/monitoring-alert-policy/index.js';

/** What wakes somebody, and what they are told. */
export interface Alert {
  readonly id: string;
  readonly title: string;
  /** What to look at and what to do. */
  readonly advice: string;
  readonly condition: MonitoringAlertPolicyConditions['conditionThreshold'];
  /** Instead: nothing at all for so long. */
  readonly absent?: MonitoringAlertPolicyConditions['conditionAbsent'];
  readonly severity: 'CRITICAL' | 'ERROR' | 'WARNING';
}
