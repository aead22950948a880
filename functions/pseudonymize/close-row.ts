import { sourceRealm } from '../../shared/event/realm.ts';
import { rejected } from '../../shared/outcome/outcome.ts';
import type { Erased, Objected, Unfit } from './deliver.ts';
import type { EventMoment } from './erased.ts';
import { type OpenRow, ownersText, type PseudonymOf, rowText } from './row.ts';
import type { SubjectCipher, UnreadableKey } from './subject-cipher.ts';
import type { SubjectCiphers } from './subject-keys.ts';

/** A row that is nobody's in the clear any more, as JSON. */
export interface ClosedRow {
  readonly kind: 'closed';
  readonly row: OpenRow;
  readonly text: string;
}

/** What the owners of a row give to it. */
interface Owned {
  readonly kind: 'owned';
  readonly text: string;
  /** Whether its number is shown. */
  readonly isNumbered: boolean;
}

/**
 * Encrypts the personal values of a batch's rows, one row a call. Of people who were erased before there are none; where the row
 * would be theirs, or of somebody who objects, there is no row.
 */
export function rowCloser(ciphers: SubjectCiphers): (row: OpenRow) => ClosedRow | Unfit | Erased | Objected {
  // Most rows are of the owners of the one before, and for most owners it makes no difference when.
  let steady: { readonly owners: OpenRow['owners']; readonly owned: Owned } | undefined;
  let moment: EventMoment = { receivedAtMillis: 0, ownMicros: 0 };
  const pseudonymOf: PseudonymOf = (subject, plaintext) => {
    const cipher = ciphers.of(subject, moment);
    if (cipher.kind !== 'cipher') return null;
    return plaintext === undefined ? '' : cipher.encrypt(plaintext);
  };
  return (row) => {
    const owned = steady?.owners === row.owners ? steady.owned : ownedBy(row, ciphers);
    if (owned.kind !== 'owned') return owned;
    if (steady?.owners !== row.owners) {
      steady = row.owners.every((owner) => owner === undefined || ciphers.steady(owner))
        ? { owners: row.owners, owned }
        : undefined;
    }
    moment = row.moment;
    for (const { subject } of row.personalValues) {
      const cipher = ciphers.of(subject, moment);
      if (cipher.kind === 'unreadable') return unreadable(cipher);
    }
    return { kind: 'closed', row, text: rowText(row, owned, pseudonymOf) };
  };
}

function ownedBy({ owners, moment }: OpenRow, ciphers: SubjectCiphers): Owned | Unfit | Erased | Objected {
  const found: (SubjectCipher | UnreadableKey)[] = [];
  let isNumbered = true;
  for (const subject of owners) {
    if (subject === undefined) continue;
    const owner = ciphers.of(subject, moment);
    if (owner.kind === 'erased') return owner;
    if (ciphers.objects(subject, moment)) return { kind: 'objected' };
    // Its numbers would go on where those of the rows from before the erasure end.
    if (owner.kind === 'cipher' && owner.generation > 0 && subject.realm === sourceRealm) isNumbered = false;
    found.push(owner);
  }
  const pseudonyms: string[] = [];
  for (const [at, owner] of found.entries()) {
    if (owner.kind === 'unreadable') return unreadable(owner);
    pseudonyms.push(owner.encrypt(owners[at]?.subject ?? ''));
  }
  return { kind: 'owned', text: ownersText(pseudonyms), isNumbered };
}

function unreadable({ problem }: UnreadableKey): Unfit {
  const bug = new Error(`the stored keyset of a data subject cannot be read: ${problem}`);
  return { kind: 'unfit', rejected: rejected('subject-key'), bug };
}
