import type { MonitoringAlertPolicyConditions } from '@cdktf/provider-google/lib/monitoring-alert-policy/index.js';

/** What wakes somebody, and what they are told. */
export interface Alert {
  readonly id: string;
  readonly title: string;
  /** What to look at and what to do. */
  readonly advice: string;
  /** A value beyond a threshold, or nothing at all for too long. */
  readonly condition: Pick<MonitoringAlertPolicyConditions, 'conditionThreshold' | 'conditionAbsent'>;
  readonly severity: 'CRITICAL' | 'ERROR' | 'WARNING';
}

/** How many there were in five minutes, of all series together. */
export const totalOfFiveMinutes = [
  { alignmentPeriod: '300s', perSeriesAligner: 'ALIGN_DELTA', crossSeriesReducer: 'REDUCE_SUM', groupByFields: [] },
];
