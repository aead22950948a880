import { type Environment, instancesOf } from '../environments/environment.ts';
import { newProjectQuota } from '../granted-quota.ts';
import { regionsOf } from '../regions.ts';
import type { Topology } from '../topology.ts';
import { expect, type Violation } from './violation.ts';

const mebibytesPerGib = 1_024;

/**
 * Functions that could need more of a region than the project was granted. Cloud Run refuses to deploy a function whose
 * maximum alone does ("CpuAllocPerProjectRegion", "MemAllocPerProjectRegion"); that of all together would not start
 * instances when they are needed most.
 */
export function quotaFindings({ functions }: Pick<Topology, 'functions'>, environment: Environment): Violation[] {
  const { vcpus, memoryGib } = environment.grantedQuota ?? newProjectQuota;
  const regions = new Set(functions.flatMap((spec) => regionsOf(spec, environment)));
  return [...regions].flatMap((region) => {
    const here = functions.filter((spec) => regionsOf(spec, environment).includes(region));
    const most = here.map((spec) => ({ ...spec, max: instancesOf(environment, spec).max }));
    const cpu = most.reduce((sum, { max, size }) => sum + max * size.cpu, 0);
    const gib = most.reduce((sum, { max, size }) => sum + (max * size.memoryMiB) / mebibytesPerGib, 0);
    const list = most.map(({ name, max }) => `${name} ${max}`).join(', ');
    const fix =
      `lower the instances (at most: ${list}), or raise the quota (infra/stacks/README.md, "Quotas") and say so in ` +
      'grantedQuota';
    return [
      ...expect(cpu <= vcpus, `instances × cpu in ${region}`, cpu, `${vcpus} vCPU at most are granted: ${fix}`),
      ...expect(
        gib <= memoryGib,
        `instances × memory in ${region}`,
        gib,
        `${memoryGib} GiB at most are granted: ${fix}`,
      ),
    ];
  });
}
