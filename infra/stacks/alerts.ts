import type { LoggingMetric } from '@cdktf/provider-google/lib/logging-metric/index.js';
import { MonitoringAlertPolicy } from '@cdktf/provider-google/lib/monitoring-alert-policy/index.js';
import type { MonitoringNotificationChannel } from '@cdktf/provider-google/lib/monitoring-notification-channel/index.js';
import { Construct } from 'constructs';
import { type LossReason, lossReasons } from '../../shared/outcome/outcome.ts';
import type { Context } from '../constructs/context.ts';
import { expiryQueryName } from '../expired-losses.ts';
import { emptyingQueryName } from '../expired-values.ts';
import { errorMetric, lossMetric } from '../log-counts.ts';
import { topicsWithReaders } from '../topic-readers.ts';
import { type Alert, above, failedRuns, totalOfFiveMinutes } from './alert.ts';
import { declareUptimeCheck } from './edge-watch.ts';
import { erasureAlerts } from './erasure-alerts.ts';
import { isOfRows } from './pipeline-stack.ts';
import { type QuietWatch, watchQuietTypes } from './quiet-types.ts';

export interface AlertProps {
  readonly channel: MonitoringNotificationChannel;
  readonly metrics: ReadonlyMap<string, LoggingMetric>;
}

/** The oldest message that is not acknowledged: a stage's backlog in the unit that users feel. */
const maxStageAgeSeconds = 300;
/** New columns may keep rows waiting for minutes. */
const maxTableAgeSeconds = 900;

export function declareAlerts(scope: Construct, context: Context, { channel, metrics }: AlertProps): void {
  const alerts = new Construct(scope, 'alert');
  const { edge, projectId } = context.environment;
  const ofEdge = edge === undefined ? [] : declareUptimeCheck(alerts, projectId, edge);
  const quiet = watchQuietTypes(scope, context);
  const all = [
    ...backlogAlerts(context),
    ...otherAlerts(metrics, quiet),
    noEvents(metrics),
    ...erasureAlerts((metric) => ofLogs(metrics, metric)),
    quiet.alert,
    ...ofEdge,
  ];
  for (const { id, title, advice, condition, severity, tellsOfLoss = false } of all) {
    new MonitoringAlertPolicy(alerts, id, {
      displayName: `EDI: ${title}`,
      combiner: 'OR',
      severity,
      enabled: tellsOfLoss || context.environment.alerts === 'all',
      conditions: [{ displayName: title, ...condition }],
      notificationChannels: [channel.name],
      documentation: { content: advice, mimeType: 'text/markdown' },
      alertStrategy: { autoClose: '1800s' },
    });
  }
}

/**
 * One policy per subscription of the pipeline. The subscriptions of event types share one, which opens an incident for
 * each of them: there may be thousands, and a project holds some hundred policies.
 */
function backlogAlerts({ topology }: Context): Alert[] {
  const own = topicsWithReaders(topology)
    .filter((topic) => !isOfRows(topic))
    .flatMap(({ readers }) => readers);
  return [
    ...own.map(({ subscription: { name, target, ackDeadlineSeconds } }): Alert => {
      // A message that a call works on for minutes is not acknowledged meanwhile.
      const age = target.kind === 'table' ? maxTableAgeSeconds : Math.max(maxStageAgeSeconds, 2 * ackDeadlineSeconds);
      return {
        id: `backlog-${name}`,
        title: `${name} is behind`,
        advice:
          `The oldest message of \`${name}\` waits for more than ${age} s. Nothing is lost: messages are tried some 15 ` +
          'hours and kept 31 days. Look at the errors and instances of what it delivers to, and at its quotas.',
        condition: waitsLonger(`"${name}"`, age),
        severity: target.kind === 'table' ? 'ERROR' : 'CRITICAL',
      };
    }),
    {
      id: 'backlog-event-tables',
      title: 'rows of an event type are behind',
      advice:
        `The oldest row of an event type waits for more than ${maxTableAgeSeconds} s. After a schema was rolled out, its ` +
        'new columns may still be on their way. Otherwise `operations.unfit_rows` says why the table does not take them.',
      condition: waitsLonger('monitoring.regex.full_match("to-table\\\\.event\\\\..*")', maxTableAgeSeconds, 'each'),
      severity: 'ERROR',
    },
    ...secondLineAlerts,
  ];
}

/** The oldest message that is not acknowledged, of one subscription or of each that the expression fits. */
function waitsLonger(subscriptions: string, seconds: number, which: 'one' | 'each' = 'one'): Alert['condition'] {
  return above(
    `resource.type="pubsub_subscription" AND resource.labels.subscription_id=${subscriptions} AND ` +
      'metric.type="pubsub.googleapis.com/subscription/oldest_unacked_message_age"',
    { threshold: seconds, groupByFields: which === 'each' ? ['resource.label.subscription_id'] : [] },
  );
}

const daySeconds = 86_400;
const secondLines = 'monitoring.regex.full_match("(second-line|unfit-rows)\\\\..*")';

/** Both for all subscriptions that read dead letters, an incident for each. Rows have 22 days there, stages purge at 29. */
const secondLineAlerts: readonly Alert[] = [
  {
    id: 'second-line-waits',
    title: 'dead letters wait for a day',
    advice:
      'The second line tries its messages every ten minutes, and one fails since a day. Nothing is lost. `edi dead-letters ' +
      'list` says where and why: mend that, and the line drains by itself. See "Something fell out" (infra).',
    condition: waitsLonger(secondLines, daySeconds, 'each'),
    severity: 'WARNING',
  },
  {
    id: 'second-line-expires',
    title: 'dead letters will be lost',
    advice:
      'A dead letter waits for two weeks. Rows are gone after 22 days in the second line, and stages purge what was sealed ' +
      '29 days ago: it is then counted in `operations.losses`, and nothing brings it back. `edi dead-letters list` says why.',
    condition: waitsLonger(secondLines, 14 * daySeconds, 'each'),
    severity: 'CRITICAL',
    tellsOfLoss: true,
  },
];

/** Heartbeats come every hour in every region, of every type: nothing accepted is nothing that comes through. */
const maxSilenceSeconds = 7_200;

function noEvents(metrics: AlertProps['metrics']): Alert {
  return {
    id: 'no-events',
    title: 'no events are accepted',
    advice:
      'Not even a heartbeat was accepted for two hours. Send an event by hand to see what is answered; then the front door, ' +
      'the write key of heartbeats and the registry.',
    condition: {
      conditionAbsent: {
        filter: ofLogs(metrics, 'edi/accepted'),
        duration: `${maxSilenceSeconds}s`,
        aggregations: totalOfFiveMinutes,
        trigger: { count: 1 },
      },
    },
    severity: 'CRITICAL',
    tellsOfLoss: true,
  };
}

/** What stages lose, and log; the scheduled query finds the rest. */
const stageLosses: readonly LossReason[] = ['purged', 'table-retention'];

function otherAlerts(metrics: AlertProps['metrics'], { configId }: QuietWatch): Alert[] {
  return [
    {
      id: 'dead-letters',
      title: 'messages became dead letters',
      advice:
        'A message failed for some 15 hours, and is now tried every ten minutes in the second line. Find the cause in the ' +
        'errors of the stage or with `edi dead-letters list`; once it is mended, the message arrives without a command.',
      condition: above(
        'resource.type="pubsub_subscription" AND metric.type="pubsub.googleapis.com/subscription/dead_letter_message_count"',
        { threshold: 0, aligner: 'ALIGN_DELTA', groupByFields: ['resource.label.subscription_id'], seconds: 0 },
      ),
      severity: 'ERROR',
    },
    {
      id: 'event-bugs',
      title: 'a bug refuses events',
      advice:
        'Code of ours threw while an event was checked or made into a row, and the event went to quarantine. The line ' +
        '"a bug: …" names type, revision and place. Mend it, then `edi replay` sends the events again.',
      condition: above(ofLogs(metrics, 'edi/event-bugs'), {
        threshold: 0,
        aligner: 'ALIGN_PERCENTILE_99',
        seconds: 0,
      }),
      severity: 'ERROR',
    },
    ...stageLosses.map(
      (reason): Alert => ({
        id: `lost-${reason}`,
        title: 'acknowledged events are lost',
        advice:
          `${lossReasons[reason]}. \`operations.losses\` has how many, of which day, type and SDK. They cannot be had ` +
          'back from here: tell the owners of the types. See "Something fell out" (infra).',
        condition: above(ofLogs(metrics, lossMetric(reason)), {
          threshold: 0,
          aligner: 'ALIGN_PERCENTILE_99',
          seconds: 0,
        }),
        severity: 'CRITICAL',
        tellsOfLoss: true,
      }),
    ),
    {
      id: 'losses',
      title: 'events were lost today, or could not be counted',
      advice:
        `Scheduled queries count what quarantine no longer keeps ("${expiryQueryName}") and rows that their table did not ` +
        'take ("EDI row-losses: …"), and fail on a day with losses. The last error says which of the two it is, or that ' +
        `values past their days could not be emptied ("${emptyingQueryName}: …": it goes on by itself the next day); ` +
        '`edi losses` has how many, of which day, type and SDK.',
      condition: failedRuns(`resource.labels.config_id!="${configId}"`),
      severity: 'CRITICAL',
      tellsOfLoss: true,
    },
    {
      id: 'errors',
      title: 'a function logs errors',
      advice:
        'Lines of severity ERROR say what is wrong and hold no event data. Filter the logs by `jsonPayload.component`.',
      condition: above(ofLogs(metrics, errorMetric), {
        threshold: 10,
        aligner: 'ALIGN_DELTA',
        groupByFields: ['metric.label.component'],
      }),
      severity: 'WARNING',
    },
  ];
}

/** The metric of a count that functions log; Google takes no alert on one that is not there yet, so it is referred to. */
function ofLogs(metrics: AlertProps['metrics'], metric: string): string {
  const name = metrics.get(metric)?.name ?? metric;
  return `resource.type="cloud_run_revision" AND metric.type="logging.googleapis.com/user/${name}"`;
}
