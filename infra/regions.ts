import type { AnyNeeds } from '../shared/needs/needs.ts';
import type { Environment } from './environments/environment.ts';

/** Whether a function runs in every region of ingest: where clients are served. */
export function isEverywhere({ callers }: Pick<AnyNeeds, 'callers'>): boolean {
  return callers.kind === 'public' || (callers.kind === 'schedule' && callers.everyRegion === true);
}

/** Where a function runs: where clients are served, or where the state is. */
export function regionsOf(
  needs: Pick<AnyNeeds, 'callers'>,
  { regions, stateRegion }: Pick<Environment, 'regions' | 'stateRegion'>,
): readonly string[] {
  return isEverywhere(needs) ? regions : [stateRegion];
}
