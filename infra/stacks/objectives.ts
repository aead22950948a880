import {
  MonitoringAlertPolicy,
  type MonitoringAlertPolicyConditions,
} from '@cdktf/provider-google/lib/monitoring-alert-policy/index.js';
import { MonitoringCustomService } from '@cdktf/provider-google/lib/monitoring-custom-service/index.js';
import type { MonitoringNotificationChannel } from '@cdktf/provider-google/lib/monitoring-notification-channel/index.js';
import { MonitoringSlo, type MonitoringSloConfig } from '@cdktf/provider-google/lib/monitoring-slo/index.js';
import { Construct } from 'constructs';
import type { Context } from '../constructs/context.ts';

const periodDays = 28;
const availabilityGoal = 0.999;
const freshnessGoal = 0.99;

/**
 * From receipt to row within five minutes, as a budget for each hop that an event waits at. The age of a hop's oldest
 * message bounds the wait of everything behind it, so no clock has to travel with the events.
 */
const hopSeconds = { push: 60, table: 180 } as const;

/** Fast burns wake somebody within minutes, slow ones within hours ("Alerting on your burn rate", SRE workbook). */
const burns = [
  { id: 'fast', rate: 14.4, longSeconds: 3_600, shortSeconds: 300, severity: 'CRITICAL' },
  { id: 'slow', rate: 6, longSeconds: 21_600, shortSeconds: 1_800, severity: 'ERROR' },
] as const;

type Burn = (typeof burns)[number];

interface Objective {
  readonly id: string;
  readonly title: string;
  readonly goal: number;
  readonly indicator: Pick<MonitoringSloConfig, 'requestBasedSli' | 'windowsBasedSli'>;
}

export function declareObjectives(scope: Construct, context: Context, channel: MonitoringNotificationChannel): void {
  const objectives = new Construct(scope, 'objective');
  const enabled = context.environment.alerts === 'all';
  const service = new MonitoringCustomService(objectives, 'service', { serviceId: 'edi', displayName: 'EDI' });
  for (const { id, title, goal, indicator } of [availability, ...freshness(context)]) {
    const slo = new MonitoringSlo(objectives, id, {
      service: service.serviceId,
      sloId: id,
      displayName: title,
      goal,
      rollingPeriodDays: periodDays,
      ...indicator,
    });
    declareBurns(objectives, enabled, {
      id,
      title,
      channel,
      // Over both windows: the long one says that it matters, the short one that it still goes on.
      combiner: 'AND',
      conditions: ({ rate, longSeconds, shortSeconds }) =>
        [longSeconds, shortSeconds].map((seconds) => burnCondition(slo, rate, seconds)),
    });
  }
  declareBurns(objectives, enabled, {
    id: 'freshness-event-tables',
    title: `rows of an event type wait less than ${hopSeconds.table} s`,
    channel,
    combiner: 'OR',
    conditions: (burn) => [tableBurnCondition(burn)],
  });
}

interface BurnsOf {
  readonly id: string;
  readonly title: string;
  readonly channel: MonitoringNotificationChannel;
  readonly combiner: 'AND' | 'OR';
  readonly conditions: (burn: Burn) => MonitoringAlertPolicyConditions[];
}

function declareBurns(scope: Construct, enabled: boolean, { id, title, channel, combiner, conditions }: BurnsOf): void {
  for (const burn of burns) {
    new MonitoringAlertPolicy(scope, `${id}-${burn.id}-burn`, {
      displayName: `EDI: ${title}: ${burn.id} burn`,
      combiner,
      severity: burn.severity,
      enabled,
      conditions: conditions(burn),
      notificationChannels: [channel.name],
      documentation: {
        content: `At this rate the error budget of ${periodDays} days is gone long before they are over.`,
        mimeType: 'text/markdown',
      },
    });
  }
}

const tableAge =
  'pubsub_googleapis_com:subscription_oldest_unacked_message_age{monitored_resource="pubsub_subscription",' +
  'subscription_id=~"to-table\\\\.event\\\\..+"}';
const tableEvaluationSeconds = 300;

/**
 * The burn of each type's own budget: an objective of all tables would be a mean, which one dead type of 600 does not move,
 * and an objective of each would be 600 times four conditions. A budget burns at `rate` when `rate` times its share of
 * a window is bad, so when the quantile above which that share lies is bad.
 */
function tableBurnCondition({ rate, longSeconds, shortSeconds }: Burn): MonitoringAlertPolicyConditions {
  const quantile = Number((1 - rate * (1 - freshnessGoal)).toFixed(3));
  const isBad = (seconds: number) => `quantile_over_time(${quantile}, ${tableAge}[${seconds}s]) > ${hopSeconds.table}`;
  return {
    displayName: `rows of a type waited too long for more than ${Math.round((1 - quantile) * 100)}% of ${longSeconds} s`,
    conditionPrometheusQueryLanguage: {
      query: `${isBad(longSeconds)} and ${isBad(shortSeconds)}`,
      duration: '0s',
      evaluationInterval: `${tableEvaluationSeconds}s`,
      // A new project has no such metric before its first message.
      disableMetricValidation: true,
    },
  };
}

function burnCondition(slo: MonitoringSlo, rate: number, seconds: number): MonitoringAlertPolicyConditions {
  return {
    displayName: `burn over ${seconds} s`,
    conditionThreshold: {
      filter: `select_slo_burn_rate("${slo.name}", "${seconds}s")`,
      comparison: 'COMPARISON_GT',
      thresholdValue: rate,
      duration: '0s',
      trigger: { count: 1 },
    },
  };
}

const ingestRequests =
  'metric.type="run.googleapis.com/request_count" AND resource.type="cloud_run_revision" ' +
  'AND resource.labels.service_name="ingest"';

/**
 * An answer that is no 5xx and no 429, which is Cloud Run's own when instances are full, and ours: any other 4xx tells an
 * SDK for good what it has to know.
 */
const availability: Objective = {
  id: 'ingest-availability',
  title: 'ingest answers',
  goal: availabilityGoal,
  indicator: {
    requestBasedSli: {
      goodTotalRatio: {
        totalServiceFilter: ingestRequests,
        badServiceFilter: `${ingestRequests} AND metric.labels.response_code=monitoring.regex.full_match("5..|429")`,
      },
    },
  },
};

/** Of the first lines: what is in a second line failed for hours, and has alerts of its own. */
function freshness({ topology }: Context): Objective[] {
  return topology.subscriptions
    .filter(({ target, deadLetter }) => target.kind === 'push' && deadLetter !== undefined)
    .filter(({ topic }) => topology.topics.some(({ name, clearPersonalData }) => name === topic && clearPersonalData))
    .map(({ name }) => hop(name));
}

function hop(name: string): Objective {
  const max = hopSeconds.push;
  return {
    id: `freshness-${name}`,
    title: `events wait less than ${max} s for ${name}`,
    goal: freshnessGoal,
    indicator: {
      windowsBasedSli: {
        windowPeriod: '300s',
        metricMeanInRange: {
          timeSeries:
            'metric.type="pubsub.googleapis.com/subscription/oldest_unacked_message_age" ' +
            `AND resource.type="pubsub_subscription" AND resource.labels.subscription_id="${name}"`,
          range: { min: 0, max },
        },
      },
    },
  };
}
