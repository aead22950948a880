import { uuidV7Millis } from '../../shared/event/uuid.ts';

const replayMark = 'r';

/** Who claims: the seal of a batch, and whether it comes out of quarantine. */
interface Claimant {
  readonly seal: string;
  /** What was refused once, under this seal, and has been accepted by a replay. */
  readonly replayed?: true;
}

/** The name of an owner in claim documents: `<seal>`, or `<seal>r` for a replay. A seal has no "r" in it. */
export function ownerName({ seal, replayed }: Claimant): string {
  return replayed ? `${seal}${replayMark}` : seal;
}

/**
 * What a claim of `other` means to `owner`. A client that sends a corrected event with the identity of a refused one
 * wins against the replay of that, whichever comes first, and never loses to it. So
 *
 *     claimed by        own seal   another seal, accepted directly   another seal, by a replay
 *     direct owner      own        counts                            never counts
 *     replay            own        counts                            counts: of two replays the first wins
 *
 * What its own seal claimed is its own in both ways: pseudonymize sets aside what its seal had claimed.
 */
export function standingOf(other: string, owner: string): 'own' | 'counts' | 'never-counts' {
  if (sealOf(other) === sealOf(owner)) return 'own';
  return isReplay(other) && !isReplay(owner) ? 'never-counts' : 'counts';
}

/** When the owner's batch was sealed, in Unix milliseconds, which is server time; 0 where the name is no owner's. */
export function sealedAtMillis(owner: string): number {
  return uuidV7Millis(sealOf(owner)) ?? 0;
}

function isReplay(owner: string): boolean {
  return owner.endsWith(replayMark);
}

function sealOf(owner: string): string {
  return isReplay(owner) ? owner.slice(0, -replayMark.length) : owner;
}
