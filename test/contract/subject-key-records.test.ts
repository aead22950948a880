import { join } from 'node:path';
import { openEmbeddedSubjectKeyRecords } from '../../shared/adapters/embedded/subject-key-records.ts';
import { createMemorySubjectKeyRecords } from '../../shared/adapters/memory/subject-key-records.ts';
import { inFolder, inMemory } from './contract-adapter.ts';
import { subjectKeyRecordsContract } from './suites/subject-key-records.ts';

subjectKeyRecordsContract(inMemory(() => createMemorySubjectKeyRecords()));
subjectKeyRecordsContract(
  inFolder(
    (folder) => openEmbeddedSubjectKeyRecords({ path: join(folder, 'keys.db') }),
    (records) => records.close(),
  ),
);
