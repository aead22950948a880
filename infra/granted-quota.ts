/** What Cloud Run may take of each region ("Quotas and limits", Cloud Run: CPU and memory allocation). */
export interface GrantedQuota {
  readonly vcpus: number;
  readonly memoryGib: number;
}

/** What a new project has, as Cloud Run's refusals of 2026 quote it. */
export const newProjectQuota: GrantedQuota = { vcpus: 20, memoryGib: 40 };

/** As `checkEnvironment` asks for it. */
export function grantedQuotaRules({ grantedQuota = newProjectQuota }: { readonly grantedQuota?: GrantedQuota }) {
  const { vcpus, memoryGib } = grantedQuota;
  const isUpTo = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most;
  return [
    {
      path: 'grantedQuota',
      value: grantedQuota,
      fits: () => isUpTo(vcpus, 1_000_000) && isUpTo(memoryGib, 4_000_000),
      rule: 'whole numbers {vcpus, memoryGib} of each region, as the quota page of the project shows them',
    },
  ];
}
