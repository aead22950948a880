import { regionPattern } from './locations.ts';

/**
 * Where Cloud Scheduler is offered ("Cloud Scheduler locations"): in fewer regions than Cloud Run. What is missing here and
 * offered by now can be said as `schedulerRegion`.
 */
const offered: ReadonlySet<string> = new Set([
  ...['asia-east1', 'asia-east2', 'asia-northeast1', 'asia-northeast2', 'asia-northeast3'],
  ...['asia-south1', 'asia-southeast1', 'asia-southeast2', 'australia-southeast1'],
  ...['europe-central2', 'europe-west1', 'europe-west2', 'europe-west3', 'europe-west6'],
  ...['northamerica-northeast1', 'southamerica-east1'],
  ...['us-central1', 'us-east1', 'us-east4', 'us-west1', 'us-west2', 'us-west3', 'us-west4'],
]);

/** Part of an environment. */
export interface SchedulerSettings {
  /**
   * Where the jobs of Cloud Scheduler are, which hold no data: for regions that it is not offered in. Default: each in the
   * region of the function that it calls.
   */
  readonly schedulerRegion?: string;
}

/** Where the job is that calls a function of a region. */
export function schedulerRegionOf({ schedulerRegion }: SchedulerSettings, region: string): string {
  return schedulerRegion ?? region;
}

interface Places extends SchedulerSettings {
  readonly stateRegion: string;
  readonly regions: readonly string[];
}

/** As `checkEnvironment` asks for it. */
export function schedulerRules({ schedulerRegion, stateRegion, regions }: Places) {
  const wanted = Array.isArray(regions) ? [...new Set([stateRegion, ...regions])] : [];
  const without = wanted.filter((region) => !offered.has(region));
  return [
    {
      path: 'schedulerRegion',
      value: schedulerRegion,
      fits: (value: unknown) =>
        value === undefined ? without.length === 0 : typeof value === 'string' && regionPattern.test(value),
      rule:
        `a region for the jobs of Cloud Scheduler, such as "europe-west1"` +
        (without.length === 0 ? '' : `, since it is not offered in ${without.join(' and ')}`),
    },
  ];
}
