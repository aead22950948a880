import { rememberPseudonyms } from '../../shared/erasure/erasure-statements.ts';
import type { RowsErasure } from '../../shared/ports/erasures.ts';
import type { ErasureTimes } from '../../shared/ports/subject-key-records.ts';
import type { TableStatements } from '../../shared/ports/table-statements.ts';
import { Unavailable } from '../../shared/ports/unavailable.ts';
import type { ErasureRequest } from './request.ts';

/** Rows of people who are erased, which finish-erasures unlinks or deletes. */
export interface RowErasure {
  /**
   * Remembers what stands in the rows of those whom a part names, where their rows are to be treated: before any key is
   * destroyed, since nobody can make a pseudonym afterwards. Rejects with `Unavailable`.
   */
  remember(request: Pick<ErasureRequest, 'id' | 'rows' | 'pseudonyms'>, times: ErasureTimes): Promise<void>;
}

export function makeRowErasure(statements: TableStatements): RowErasure {
  return {
    async remember({ id, rows, pseudonyms }, times) {
      if (rows === undefined || pseudonyms.length === 0) return;
      const { kind } = await statements.change(rememberPseudonyms({ erasure: id, ...times }, rows, pseudonyms));
      if (kind !== 'done') throw new Unavailable('table-statements', `pseudonyms are not remembered yet: ${kind}`);
    },
  };
}

/** What a receipt says of them. */
export const rowsMean: Readonly<Record<RowsErasure, string>> = {
  unlink: 'rows of theirs are unlinked, and none that is not can come',
  rows: 'rows of theirs are deleted, and none can come',
};
