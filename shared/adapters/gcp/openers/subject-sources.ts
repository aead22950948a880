import { kinds } from '../../../needs/kinds.ts';
import type { SubjectSourceRecords, SubjectSources } from '../../../ports/subject-sources.ts';
import { createFirestoreSubjectSources } from '../subject-sources.ts';
import { databaseOf } from './database.ts';
import type { Environment } from './environment.ts';

export function openSubjectSources(environment: Environment): SubjectSources & SubjectSourceRecords {
  return createFirestoreSubjectSources({ database: databaseOf(environment, kinds.databases.subjectSources) });
}
