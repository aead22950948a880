import { kinds } from '../../../needs/kinds.ts';
import type { ClaimDocuments } from '../../../ports/claim-documents.ts';
import { createFirestoreClaimDocuments } from '../claim-documents.ts';
import { databaseOf } from './database.ts';
import type { Environment } from './environment.ts';

export function openClaims(environment: Environment): ClaimDocuments {
  return createFirestoreClaimDocuments({ database: databaseOf(environment, kinds.databases.claims) });
}
