import { sourceRealm } from '../../shared/event/realm.ts';
import { rejected } from '../../shared/outcome/outcome.ts';
import type { Erased, Objected, Unfit } from './deliver.ts';
import { type OfOwners, type OpenRow, ownersText, rowText } from './row.ts';
import type { SubjectCipher, UnreadableKey } from './subject-cipher.ts';
import type { SubjectCiphers } from './subject-keys.ts';

/** What the owners of a row give to it. */
interface Owned extends OfOwners {
  readonly kind: 'owned';
}

/** The rows of one batch on their way. */
export interface Closing {
  readonly ciphers: SubjectCiphers;
  // Most rows are of the owners of the one before, and for most owners it makes no difference when.
  steady: { readonly owners: OpenRow['owners']; readonly owned: Owned } | undefined;
}

/**
 * Encrypts the personal values of a row, which is nobody's in the clear any more then, and writes it as JSON. Of people who
 * were erased before there are none; where the row would be theirs, or of somebody who objects, there is no row.
 */
export function closeRow(closing: Closing, row: OpenRow): string | Unfit | Erased | Objected {
  const { ciphers, steady } = closing;
  const { owners, moment, personalValues } = row;
  const owned = steady?.owners === owners ? steady.owned : ownedBy(row, ciphers);
  if (owned.kind !== 'owned') return owned;
  if (steady?.owners !== owners) {
    const areSteady = owners.every((owner) => owner === undefined || ciphers.steady(owner));
    closing.steady = areSteady ? { owners, owned } : undefined;
  }
  for (const { subject } of personalValues) {
    const cipher = ciphers.of(subject, moment);
    if (cipher.kind === 'unreadable') return unreadable(cipher);
  }
  for (const { subject, plaintext, settle } of personalValues) {
    const cipher = ciphers.of(subject, moment);
    if (cipher.kind !== 'cipher') settle(null);
    else settle(plaintext === undefined ? '' : cipher.encrypt(plaintext));
  }
  return rowText(row, owned);
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
  let cipher: SubjectCipher | undefined;
  for (const [at, owner] of found.entries()) {
    if (owner.kind === 'unreadable') return unreadable(owner);
    pseudonyms.push(owner.encrypt(owners[at]?.subject ?? ''));
    cipher = owner;
  }
  if (cipher === undefined) throw new Error('a row belongs to nobody');
  return { kind: 'owned', text: ownersText(pseudonyms), isNumbered, cipher };
}

function unreadable({ problem }: UnreadableKey): Unfit {
  const bug = new Error(`the stored keyset of a data subject cannot be read: ${problem}`);
  return { kind: 'unfit', rejected: rejected('subject-key'), bug };
}
