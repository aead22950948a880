import { CloudSchedulerJob } from '@cdktf/provider-google/lib/cloud-scheduler-job/index.js';
import { Construct } from 'constructs';
import { schedulerRegionOf } from '../scheduler-region.ts';
import type { FunctionSpec } from '../topology.ts';
import type { Context } from './context.ts';

export interface ScheduleProps {
  readonly context: Context;
  readonly spec: FunctionSpec;
  /** Of the function. */
  readonly region: string;
  /** Unix cron, UTC. */
  readonly cron: string;
}

/**
 * Calls a function of one region at its times, with a token of an account of the function's own. A call that
 * failed is not repeated before the next time.
 */
export class Schedule extends Construct {
  constructor(scope: Construct, id: string, { context, spec, region, cron }: ScheduleProps) {
    super(scope, id);
    const { environment, names } = context;
    const place = schedulerRegionOf(environment, region);
    const url = names.functionUrl(spec.name, region);
    new CloudSchedulerJob(this, 'job', {
      // Jobs of several regions may be in one.
      name: place === region ? spec.name : `${spec.name}-${region}`,
      region: place,
      schedule: cron,
      timeZone: 'Etc/UTC',
      attemptDeadline: `${spec.size.timeoutSeconds}s`,
      httpTarget: {
        uri: url,
        httpMethod: 'POST',
        oidcToken: { serviceAccountEmail: names.email(names.scheduleAccount(spec.name)), audience: url },
      },
    });
  }
}
