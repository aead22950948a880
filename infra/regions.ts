import type { AnyNeeds } from '../shared/needs/needs.ts';
import type { Environment } from './environments/environment.ts';

/** Where a function runs: where clients are served, or where the state is. */
export function regionsOf(
  { callers }: Pick<AnyNeeds, 'callers'>,
  { regions, stateRegion }: Pick<Environment, 'regions' | 'stateRegion'>,
): readonly string[] {
  const isEverywhere = callers.kind === 'public' || (callers.kind === 'schedule' && callers.everyRegion === true);
  return isEverywhere ? regions : [stateRegion];
}
