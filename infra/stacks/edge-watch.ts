import { MonitoringUptimeCheckConfig } from '@cdktf/provider-google/lib/monitoring-uptime-check-config/index.js';
import type { Construct } from 'constructs';
import type { Edge } from '../environment-parts.ts';
import { type Alert, totalOfFiveMinutes } from './alert.ts';

/** Google renews its certificates a month before they end; when one has so few days left, that has failed. */
const certificateDays = 14;

/** Asks the front door for its health every minute, from outside, as a client would: DNS, certificate and edge are part of it. */
export function declareUptimeCheck(scope: Construct, projectId: string, { domain }: Edge): readonly Alert[] {
  const check = new MonitoringUptimeCheckConfig(scope, 'front-door-check', {
    displayName: 'EDI front door',
    period: '60s',
    timeout: '10s',
    httpCheck: { path: '/health', port: 443, useSsl: true, validateSsl: true },
    monitoredResource: { type: 'uptime_url', labels: { host: domain, project_id: projectId } },
  });
  const ofCheck = (metric: string) =>
    `resource.type="uptime_url" AND metric.type="monitoring.googleapis.com/uptime_check/${metric}" ` +
    `AND metric.labels.check_id="${check.uptimeCheckId}"`;
  return [
    {
      id: 'front-door',
      title: 'the front door does not answer',
      advice:
        `\`https://${domain}/health\` fails from several places. SDKs keep their events and send them again. Look at DNS, the ` +
        'certificate and the load balancer first: ingest itself has objectives of its own.',
      condition: {
        conditionThreshold: {
          filter: ofCheck('check_passed'),
          comparison: 'COMPARISON_GT',
          thresholdValue: 1,
          duration: '120s',
          aggregations: [
            {
              alignmentPeriod: '120s',
              perSeriesAligner: 'ALIGN_NEXT_OLDER',
              crossSeriesReducer: 'REDUCE_COUNT_FALSE',
              groupByFields: ['resource.label.host'],
            },
          ],
          trigger: { count: 1 },
        },
      },
      severity: 'CRITICAL',
    },
    {
      id: 'certificate',
      title: 'the certificate ends soon',
      advice: `Google renews the certificate of ${domain} while the domain points at the load balancer. See that it does.`,
      condition: {
        conditionThreshold: {
          filter: ofCheck('time_until_ssl_cert_expires'),
          comparison: 'COMPARISON_LT',
          // The metric counts days.
          thresholdValue: certificateDays,
          duration: '600s',
          aggregations: [
            {
              alignmentPeriod: '1200s',
              perSeriesAligner: 'ALIGN_NEXT_OLDER',
              crossSeriesReducer: 'REDUCE_MEAN',
              groupByFields: ['resource.label.host'],
            },
          ],
          trigger: { count: 1 },
        },
      },
      severity: 'ERROR',
    },
    {
      id: 'edge-throttles',
      title: 'the edge refuses requests',
      advice:
        'More than 100 requests in five minutes were answered 429 at the edge: one address sends more than ' +
        '`edge.maxRequestsPerMinute`, a flood or a carrier with many phones behind it, or ingest is full.',
      condition: {
        conditionThreshold: {
          filter:
            'resource.type="https_lb_rule" AND metric.type="loadbalancing.googleapis.com/https/request_count" ' +
            'AND metric.labels.response_code="429"',
          comparison: 'COMPARISON_GT',
          thresholdValue: 100,
          duration: '0s',
          aggregations: totalOfFiveMinutes,
          trigger: { count: 1 },
        },
      },
      severity: 'WARNING',
    },
  ];
}
