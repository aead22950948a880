import { LoggingMetric } from '@cdktf/provider-google/lib/logging-metric/index.js';
import { Construct } from 'constructs';
import { errorMetric, logCounts } from '../log-counts.ts';

/** Everything that our functions log; `component` is in each of their lines. */
const ourLogs = 'resource.type="cloud_run_revision" AND jsonPayload.component:*';

/** Metrics of the counts and errors that the functions log; answers with them by name. */
export function declareLogMetrics(scope: Construct): ReadonlyMap<string, LoggingMetric> {
  const all = new Construct(scope, 'metric');
  const metrics = new Map<string, LoggingMetric>();
  for (const { metric, key, description } of logCounts) {
    const field = `jsonPayload.counts."${key}"`;
    const declared = new LoggingMetric(all, idOf(metric), {
      name: metric,
      description,
      filter: `${ourLogs} AND jsonPayload.message="counts" AND ${field}>0`,
      // A line holds the sum of some seconds, so the value counts and not the line.
      valueExtractor: `EXTRACT(${field})`,
      metricDescriptor: { metricKind: 'DELTA', valueType: 'DISTRIBUTION', unit: '1' },
    });
    metrics.set(metric, declared);
  }
  const errors = new LoggingMetric(all, idOf(errorMetric), {
    name: errorMetric,
    description: 'Lines of severity ERROR and above',
    filter: `${ourLogs} AND severity>=ERROR`,
    metricDescriptor: {
      metricKind: 'DELTA',
      valueType: 'INT64',
      unit: '1',
      labels: [{ key: 'component', valueType: 'STRING', description: 'The function' }],
    },
    labelExtractors: { component: 'EXTRACT(jsonPayload.component)' },
  });
  return metrics.set(errorMetric, errors);
}

function idOf(metric: string): string {
  return metric.replace('edi/', '');
}
