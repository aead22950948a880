import type { ClaimDocuments, ClaimDocumentWrite, StoredClaimDocument } from '../../shared/ports/claim-documents.ts';
import { type ClaimNode, type ClaimOutcome, type Claims, decideNode, lookIntoNode, rootNodes } from './claim-node.ts';
import { type Fingerprints, PrintTable } from './fingerprint.ts';
import type { Turns } from './turns.ts';

export interface ClaimRequest {
  /** By the seal of the batch (`ownerName`), which redelivery keeps, so that claiming again changes nothing. */
  readonly owner: string;
  readonly claims: Claims;
  readonly nowMillis: number;
}

export interface ClaimIndexOptions {
  readonly documents: ClaimDocuments;
  readonly lookBackMillis: number;
  /** A document that would grow beyond this is split. */
  readonly maxDocumentBytes: number;
  /** Rounds of one read and one write: one for most batches, more for lost races and split documents. */
  readonly maxRounds: number;
  /** Of this instance; without them it is as if every claim had an instance of its own. */
  readonly turns?: Turns;
}

export type ClaimResult =
  /** By claim. None is undefined, which whoever splits the batch proves (`account`). */
  | { readonly kind: 'claimed'; readonly outcomes: readonly (ClaimOutcome | undefined)[]; readonly conflicts: number }
  /** Others kept winning the race for a document. What was claimed stays this owner's; claim again later. */
  | { readonly kind: 'contention'; readonly conflicts: number };

/**
 * Claims events for their owner. Idempotent, and atomic per document, which is enough:
 *
 *     delivery 1   read D1 D2   write D1 ok, D2 conflict   read D2   write D2 ok       publish   ack
 *     crash before the publish: the claims stay
 *     delivery 2   read D1 D2   all its own: nothing to write                          publish   ack
 *     a resend     read D1 D2   another owner holds them: duplicates, nothing to write           ack
 *
 * A document that would grow too large (a bulk import with one timestamp) is split, one way:
 *
 *     batch 1      read D       too full: write D split         read D/a D/3   write D/a D/3    publish   ack
 *     batch 2      read D       split: what D holds counts      read D/a D/7   write D/a D/7    publish   ack
 *
 * D takes no claim after it is split, and a claim is in a sub-document only after that was written, so whoever has read
 * D split knows all that D will ever hold. A split D expires after its sub-documents: its expiry is extended before one
 * of theirs would pass it. An expired document counts as absent and is replaced whole.
 *
 * While the width of a namespace changes, an event has a document in each layout: both are read, one is written. All
 * instances read both before the first one writes the new one (`alsoReadBucketWidthMillis`). For the seconds of the swap
 * itself some write one and some the other, and the two documents are not claimed atomically: two copies of an event
 * that are claimed at the same instant, by one instance of each kind, may both be fresh. Both are forwarded then, and
 * the exact view shows the event once.
 *
 *     old layout   read new   read old                write old                        fresh
 *     new layout              read old   read new                 write new            fresh
 *
 * Nobody drops what it may have to forward: that another owner holds an event makes it a duplicate only when, read after
 * that was seen, neither layout has a claim of its own. So whoever claimed first, in either layout, finds its claim in
 * every later delivery and forwards, however many copies were claimed, published in vain and delivered again.
 *
 *     delivery 2   read other: somebody's     read both: its own here     forward, marked
 *     a resend     read other: somebody's     read both: none of its own  duplicate
 *
 * What was accepted directly never loses to a replay of the quarantine; `standingOf` says whose claim counts against whom.
 *
 * A claim counts for the look-back, from the time in its owner's seal; that is server time, while a client's clock may
 * be years off. Claims that no longer count are dropped whenever their document is written.
 */
export async function claim(options: ClaimIndexOptions, request: ClaimRequest): Promise<ClaimResult> {
  const rules = { ...options, ...request };
  // Undecided until something decides it: a default would lose an event that was forgotten, as a duplicate.
  const { documentKeys, otherDocumentKeys, fingerprints } = request.claims;
  const outcomes: Outcomes = new Array<undefined>(documentKeys.length).fill(undefined);
  let nodes = rootNodes(documentKeys, undecided(outcomes)).map((node) => setRepeats(node, fingerprints, outcomes));
  const inOther = otherDocumentKeys === undefined ? [] : undecided(outcomes);
  if (otherDocumentKeys !== undefined) {
    await look(rootNodes(otherDocumentKeys, inOther), rules, outcomes);
    nodes = rootNodes(documentKeys, undecided(outcomes));
  }
  let conflicts = 0;
  for (let round = 0; nodes.length > 0 && round < options.maxRounds; round++) {
    const done = await options.turns?.take(nodes.map((node) => node.key));
    try {
      const { left, lost } = await claimIn(nodes, rules, outcomes);
      nodes = left;
      conflicts += lost;
    } finally {
      done?.();
    }
  }
  if (nodes.length > 0) return { kind: 'contention', conflicts };
  const held = inOther.filter((position) => outcomes[position] === 'duplicate');
  if (otherDocumentKeys !== undefined && held.length > 0) {
    const found: Outcomes = [];
    await look([...rootNodes(otherDocumentKeys, held), ...rootNodes(documentKeys, held)], rules, found);
    for (const position of held) {
      const outcome = found[position] ?? 'duplicate';
      if (outcome !== 'duplicate') outcomes[position] = 'shared';
    }
  }
  return { kind: 'claimed', outcomes, conflicts };
}

type Outcomes = (ClaimOutcome | undefined)[];

/** One read and at most one write: sets the outcomes that it decides; what is left is lost races and sub-documents. */
async function claimIn(
  nodes: readonly ClaimNode[],
  rules: ClaimIndexOptions & ClaimRequest,
  outcomes: Outcomes,
): Promise<{ left: ClaimNode[]; lost: number }> {
  const stored = await rules.documents.read(nodes.map((node) => node.key));
  const decisions = nodes.map((node, at) => decideNode(node, stored[at], rules));
  const writes: ClaimDocumentWrite[] = [];
  for (const [at, { node, document }] of decisions.entries()) {
    if (document !== undefined) writes.push(writeOf(node, document, stored[at]));
  }
  const results = writes.length === 0 ? [] : await rules.documents.write(writes);
  const lost = new Set(writes.filter((_, at) => results[at] !== 'written').map((write) => write.key));
  for (const { node, outcomes: decided } of decisions) {
    if (lost.has(node.key)) continue;
    for (let place = 0; place < decided.length; place++) {
      const outcome = decided[place];
      if (outcome !== undefined) outcomes[node.positions[place] ?? -1] = outcome;
    }
  }
  const left = decisions.flatMap(({ node, below }) => (lost.has(node.key) ? [node] : below));
  return { left, lost: lost.size };
}

/** The claims of a node without those that repeat an earlier one, which become duplicates. */
function setRepeats(node: ClaimNode, fingerprints: Fingerprints, outcomes: Outcomes): ClaimNode {
  const { positions } = node;
  if (positions.length === 1) return node;
  const table = new PrintTable(fingerprints, positions);
  let repeats = 0;
  for (let place = 0; place < positions.length; place++) {
    if (table.add(place) < 0) continue;
    outcomes[positions[place] ?? -1] = 'duplicate';
    repeats++;
  }
  return repeats === 0 ? node : { ...node, positions: positions.filter((at) => outcomes[at] === undefined) };
}

/** Their positions. */
function undecided(outcomes: Outcomes): number[] {
  const positions: number[] = [];
  for (let at = 0; at < outcomes.length; at++) if (outcomes[at] === undefined) positions.push(at);
  return positions;
}

/** Who holds what in these documents, which are read and never written. An own claim in one of them outweighs. */
async function look(
  from: readonly ClaimNode[],
  rules: ClaimIndexOptions & ClaimRequest,
  outcomes: Outcomes,
): Promise<void> {
  let nodes = from;
  while (nodes.length > 0) {
    const stored = await rules.documents.read(nodes.map((node) => node.key));
    const looks = nodes.map((node, at) => lookIntoNode(node, stored[at], rules));
    for (const { node, outcomes: found } of looks) {
      for (const [place, outcome] of found.entries()) {
        const position = node.positions[place] ?? -1;
        if (outcome && (outcome !== 'duplicate' || outcomes[position] === undefined)) outcomes[position] = outcome;
      }
    }
    nodes = looks.flatMap(({ below }) => below);
  }
}

function writeOf(
  node: ClaimNode,
  document: ClaimDocumentWrite['document'],
  stored: StoredClaimDocument | undefined,
): ClaimDocumentWrite {
  return { key: node.key, document, expected: stored?.version ?? 'absent' };
}
