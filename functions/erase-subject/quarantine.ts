import type { KeyObject } from 'node:crypto';
import { deleteQuarantined, rememberSubjects } from '../../shared/erasure/erasure-statements.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';
import { describeError } from '../../shared/observe/describe-error.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import type { ErasureTimes } from '../../shared/ports/subject-key-records.ts';
import type { TableStatements } from '../../shared/ports/table-statements.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import { erasedHashes } from '../../shared/quarantine/quarantined-subjects.ts';

/** Records of the quarantine that speak of people who are erased. */
export interface QuarantineErasure {
  /**
   * Remembers whom an erasure names, as keyed hashes, for the sweeps that come after this call. Before any key is
   * destroyed, so that nobody is erased and forgotten here. Rejects with `Unavailable`.
   */
  remember(erasure: string, subjects: readonly DataSubject[], times: ErasureTimes): Promise<void>;
  /** Deletes what is there now. What cannot be deleted at once waits for the next sweep; never rejects. */
  deleteNow(): Promise<void>;
}

export interface QuarantineErasurePorts {
  readonly statements: TableStatements;
  /** Hashes subjects. */
  readonly subjectKey: KeyObject;
  readonly observer: Observer;
}

export function makeQuarantineErasure(ports: QuarantineErasurePorts): QuarantineErasure {
  const { statements, subjectKey, observer } = ports;
  return {
    async remember(erasure, subjects, times) {
      const hashes = subjects.flatMap((subject) => erasedHashes(subjectKey, subject));
      const { kind } = await statements.change(rememberSubjects({ erasure, ...times }, hashes));
      if (kind !== 'done') throw new Unavailable('table-statements', `the erased are not remembered yet: ${kind}`);
    },
    async deleteNow() {
      try {
        const outcome = await statements.change(deleteQuarantined);
        if (outcome.kind === 'done') return observer.count('quarantine-erased', outcome.rows);
        observer.log('WARNING', 'records of the quarantine wait for the next sweep', { outcome: outcome.kind });
      } catch (error) {
        observer.log('WARNING', 'records of the quarantine wait for the next sweep', describeError(error));
      }
    },
  };
}
