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
  /** Something acknowledged is lost, or nothing comes through: enabled in every environment. */
  readonly tellsOfLoss?: true;
}

/** How many there were in five minutes, of all series together. */
export const totalOfFiveMinutes = [
  { alignmentPeriod: '300s', perSeriesAligner: 'ALIGN_DELTA', crossSeriesReducer: 'REDUCE_SUM', groupByFields: [] },
];

interface Threshold {
  readonly threshold: number;
  /** Percentiles are for metrics of counts, whose points are distributions. */
  readonly aligner?: 'ALIGN_MAX' | 'ALIGN_DELTA' | 'ALIGN_PERCENTILE_99';
  readonly groupByFields?: readonly string[];
  /** How long it lasts before somebody is woken. Default 300. */
  readonly seconds?: number;
}

/** A value beyond a threshold, of each series that is grouped by. */
export function above(filter: string, options: Threshold): Alert['condition'] {
  const { threshold, aligner = 'ALIGN_MAX', groupByFields = [], seconds = 300 } = options;
  const reducer = {
    crossSeriesReducer: aligner === 'ALIGN_MAX' ? 'REDUCE_MAX' : 'REDUCE_SUM',
    groupByFields: [...groupByFields],
  };
  return {
    conditionThreshold: {
      filter,
      comparison: 'COMPARISON_GT',
      thresholdValue: threshold,
      duration: `${seconds}s`,
      aggregations: [
        { alignmentPeriod: '60s', perSeriesAligner: aligner, ...(groupByFields.length === 0 ? {} : reducer) },
      ],
      trigger: { count: 1 },
    },
  };
}

/** Scheduled queries that failed; those queries fail that have something to tell. */
export function failedRuns(which: string): Alert['condition'] {
  return above(
    'resource.type="bigquery_dts_config" AND metric.labels.completion_state="FAILED" AND ' +
      `metric.type="bigquerydatatransfer.googleapis.com/transfer_config/completed_runs" AND ${which}`,
    { threshold: 0, aligner: 'ALIGN_DELTA', groupByFields: ['resource.label.config_id'], seconds: 0 },
  );
}
