import { adapterMutants } from './list/adapters.ts';
import { clientMutants } from './list/client.ts';
import { dedupMutants } from './list/dedup.ts';
import { ingestMutants } from './list/ingest.ts';
import { lineMutants } from './list/lines.ts';
import { pseudonymizeMutants } from './list/pseudonymize.ts';
import { replayMutants } from './list/replay.ts';
import { sharedMutants } from './list/shared.ts';
import type { Mutant } from './mutant.ts';

export const mutants: readonly Mutant[] = [
  ...ingestMutants,
  ...dedupMutants,
  ...pseudonymizeMutants,
  ...lineMutants,
  ...replayMutants,
  ...sharedMutants,
  ...adapterMutants,
  ...clientMutants,
];
