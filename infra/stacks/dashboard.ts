import { logCounts } from '../log-counts.ts';
import type { Topology } from '../topology.ts';

/** JSON of Cloud Monitoring's dashboards ("Dashboard", Cloud Monitoring API). */
export function dashboard({ functions }: Topology): object {
  const charts = [
    chart('Events accepted, claimed, delivered a second', counts(['accepted', 'claimed', 'delivered'])),
    chart('Duplicates removed a second', counts(['duplicates', 'duplicates-in-request'])),
    chart(
      'Rejected a second, by reason',
      counts(logCounts.flatMap(({ key }) => (key.startsWith('rejected.') ? key : []))),
    ),
    chart('Oldest message, seconds', [
      series(
        'resource.type="pubsub_subscription" AND metric.type="pubsub.googleapis.com/subscription/oldest_unacked_message_age"',
        { aligner: 'ALIGN_MAX', reducer: 'REDUCE_MAX', by: ['resource.label.subscription_id'] },
      ),
    ]),
    chart('Dead letters', [
      series(
        'resource.type="pubsub_subscription" AND metric.type="pubsub.googleapis.com/subscription/dead_letter_message_count"',
        { aligner: 'ALIGN_DELTA', reducer: 'REDUCE_SUM', by: ['resource.label.subscription_id'] },
      ),
    ]),
    ...functions.map(({ name }) =>
      chart(`${name}: requests a second, by status`, [
        series(`${serviceOf(name)} AND metric.type="run.googleapis.com/request_count"`, {
          aligner: 'ALIGN_RATE',
          reducer: 'REDUCE_SUM',
          by: ['metric.label.response_code_class', 'resource.label.location'],
        }),
      ]),
    ),
    ...functions.map(({ name }) =>
      chart(`${name}: latency, 99th percentile`, [
        series(`${serviceOf(name)} AND metric.type="run.googleapis.com/request_latencies"`, {
          aligner: 'ALIGN_PERCENTILE_99',
          reducer: 'REDUCE_MAX',
          by: ['resource.label.location'],
        }),
      ]),
    ),
    chart('Instances', [
      series('resource.type="cloud_run_revision" AND metric.type="run.googleapis.com/container/instance_count"', {
        aligner: 'ALIGN_MAX',
        reducer: 'REDUCE_SUM',
        by: ['resource.label.service_name'],
      }),
    ]),
  ];
  return { displayName: 'EDI', gridLayout: { columns: '2', widgets: charts } };
}

function serviceOf(name: string): string {
  return `resource.type="cloud_run_revision" AND resource.label.service_name="${name}"`;
}

function chart(title: string, dataSets: readonly object[]): object {
  return { title, xyChart: { dataSets } };
}

/** Our own counts a second, a line each. */
function counts(keys: readonly string[]): object[] {
  return logCounts
    .filter(({ key }) => keys.includes(key))
    .map(({ metric, key }) => ({
      plotType: 'LINE',
      legendTemplate: key,
      timeSeriesQuery: {
        prometheusQuery: `sum(rate(${prometheusName(metric)}_sum{monitored_resource="cloud_run_revision"}[5m]))`,
      },
    }));
}

/** A log-based metric as PromQL has it ("Mapping Cloud Monitoring metric names to PromQL"); `_sum` is of what lines said. */
function prometheusName(metric: string): string {
  return `logging_googleapis_com:user_${metric.replaceAll(/\W/g, '_')}`;
}

interface Aggregation {
  readonly aligner: string;
  readonly reducer: string;
  readonly by: readonly string[];
}

function series(filter: string, { aligner, reducer, by }: Aggregation): object {
  return {
    plotType: 'LINE',
    timeSeriesQuery: {
      timeSeriesFilter: {
        filter,
        aggregation: {
          alignmentPeriod: '60s',
          perSeriesAligner: aligner,
          crossSeriesReducer: reducer,
          groupByFields: by,
        },
      },
    },
  };
}
