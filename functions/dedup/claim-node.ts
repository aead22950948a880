import type { ClaimDocument } from '../../shared/ports/claim-documents.ts';
import { sealedAtMillis, standingOf } from './claim-owner.ts';
import { digitOf, type Fingerprints, PrintTable, packFingerprints } from './fingerprint.ts';

/** Events to claim, by position: the document of each and its fingerprint in it. Equal pairs are the same event. */
export interface Claims {
  readonly documentKeys: readonly string[];
  /** Their documents in the namespace's other layout, while its width changes: looked into, never written. */
  readonly otherDocumentKeys?: readonly string[];
  readonly fingerprints: Fingerprints;
}

/**
 * `fresh`: nobody had it. `own`: this owner's seal claimed it earlier. `shared`: this owner and another hold it.
 * `duplicate`: only others hold it whose claims count (`standingOf`), or it stands further up in the same list.
 */
export type ClaimOutcome = 'fresh' | 'own' | 'shared' | 'duplicate';

/** A document, and the events of the request that are to be decided there. */
export interface ClaimNode {
  readonly key: string;
  /** 0 for a document, 1 for its sub-documents, and so on. */
  readonly level: number;
  /** In the request, ascending. */
  readonly positions: readonly number[];
}

/** Of each position of a node, in its order; undefined, or beyond the end, where nothing is decided. */
type NodeOutcomes = readonly (ClaimOutcome | undefined)[];

export interface NodeDecision {
  readonly node: ClaimNode;
  readonly outcomes: NodeOutcomes;
  /** What to write; absent when there is nothing to. The outcomes hold only once it is written. */
  readonly document?: ClaimDocument;
  /** Sub-documents that decide the rest, to be read after the write. */
  readonly below: readonly ClaimNode[];
}

interface Rules {
  readonly claims: Claims;
  /** As `ownerName` has it. */
  readonly owner: string;
  readonly nowMillis: number;
  readonly lookBackMillis: number;
  readonly maxDocumentBytes: number;
}

/** A split document outlives what may be claimed below it by up to this, so that it is rewritten once a day at most. */
const extensionMillis = 86_400_000;
/** Of a fingerprint's 16 digits each level takes one. */
const maxLevel = 16;
/** Beside its fingerprints an owner costs its name and what the storage adds. */
const ownerBytes = 64;

/** The documents that claims at some positions, ascending, are to be decided in. */
export function rootNodes(documentKeys: readonly string[], positions: readonly number[]): ClaimNode[] {
  const byKey = new Map<string, number[]>();
  let [before, ofKey]: [string | undefined, number[]] = [undefined, []];
  for (const position of positions) {
    const key = documentKeys[position] ?? '';
    // Mostly that of the one before.
    if (key !== before) {
      ofKey = byKey.get(key) ?? [];
      byKey.set(key, ofKey);
      before = key;
    }
    ofKey.push(position);
  }
  return [...byKey].map(([key, ofNode]) => ({ key, level: 0, positions: ofNode }));
}

/** Decides what one document can decide: who holds what, what is fresh here, and what has to be asked below. */
export function decideNode(node: ClaimNode, stored: ClaimDocument | undefined, rules: Rules): NodeDecision {
  const alive = stored !== undefined && stored.expireAtMillis > rules.nowMillis ? stored : undefined;
  const claims = liveClaims(alive, rules);
  const held = holdersOf(node, claims, rules);
  const outcomes = held.map(outcomeOf);
  const open = openOf(node, outcomes);
  if (open.length === 0) return { node, outcomes, below: [] };
  const expireAtMillis = rules.nowMillis + rules.lookBackMillis;
  const before = alive?.expireAtMillis ?? 0;
  if (alive?.split) {
    // Written only when its sub-documents are about to outlive it.
    const extended = { claims, split: true as const, expireAtMillis: expireAtMillis + extensionMillis };
    const below = subNodes(node, open, rules);
    return { node, outcomes, below, ...(before < expireAtMillis ? { document: extended } : {}) };
  }
  const mine = claims.get(rules.owner);
  const own = packFingerprints(mine, rules.claims.fingerprints, open);
  const grownBytes = sizeBytes(claims) - (mine === undefined ? 0 : ownerBytes + mine.length) + ownerBytes + own.length;
  if (grownBytes > rules.maxDocumentBytes && node.level < maxLevel) {
    const full = { claims, split: true as const, expireAtMillis: Math.max(before, expireAtMillis + extensionMillis) };
    return { node, outcomes, below: subNodes(node, open, rules), document: full };
  }
  const decided: ClaimOutcome[] = [];
  for (let place = 0; place < node.positions.length; place++) {
    decided.push(outcomes[place] ?? (held[place] ? 'shared' : 'fresh'));
  }
  const document = { claims: claims.set(rules.owner, own), expireAtMillis: Math.max(before, expireAtMillis) };
  return { node, outcomes: decided, below: [], document };
}

/** Finds out who holds what in a document that is never written: only what it holds is decided. */
export function lookIntoNode(node: ClaimNode, stored: ClaimDocument | undefined, rules: Rules): NodeDecision {
  const alive = stored !== undefined && stored.expireAtMillis > rules.nowMillis ? stored : undefined;
  const outcomes = holdersOf(node, liveClaims(alive, rules), rules).map(outcomeOf);
  const open = openOf(node, outcomes);
  return { node, outcomes, below: alive?.split ? subNodes(node, open, rules) : [] };
}

/** Who holds an event, in bits: its owner, somebody whose claim counts, a replay, whose never does. */
const holders = { own: 1, counts: 2, 'never-counts': 4 } as const;

/** By place; none where nobody holds anything, as in most documents of a fresh batch. */
function holdersOf({ positions }: ClaimNode, claims: ReadonlyMap<string, Uint8Array>, rules: Rules): number[] {
  if (claims.size === 0) return [];
  let held: number[] = [];
  const table = new PrintTable(rules.claims.fingerprints, positions);
  for (let place = 0; place < positions.length; place++) table.add(place);
  for (const [other, packed] of claims) {
    const holder = holders[standingOf(other, rules.owner)];
    table.findIn(packed, (place) => {
      if (held.length === 0) held = new Array<number>(positions.length).fill(0);
      held[place] = (held[place] ?? 0) | holder;
    });
  }
  return held;
}

/** Positions of a node of which nobody holds the event whose claim counts. */
function openOf({ positions }: ClaimNode, outcomes: NodeOutcomes): readonly number[] {
  return outcomes.length === 0 ? positions : positions.filter((_, place) => outcomes[place] === undefined);
}

/** Undefined: nobody holds it whose claim counts. */
function outcomeOf(held: number): ClaimOutcome | undefined {
  const others = (held & ~holders.own) !== 0;
  if ((held & holders.own) !== 0) return others ? 'shared' : 'own';
  return (held & holders.counts) !== 0 ? 'duplicate' : undefined;
}

/** The claims of the look-back. An owner's own always live: what it claimed it may still have to forward. */
function liveClaims(document: ClaimDocument | undefined, rules: Rules): Map<string, Uint8Array> {
  const oldestMillis = rules.nowMillis - rules.lookBackMillis;
  const live = new Map<string, Uint8Array>();
  for (const [owner, packed] of document?.claims ?? []) {
    if (standingOf(owner, rules.owner) === 'own' || sealedAtMillis(owner) > oldestMillis) live.set(owner, packed);
  }
  return live;
}

/** Sub-documents take a digit of the fingerprint each level: 16 of a document, named by it. */
function subNodes(node: ClaimNode, open: readonly number[], { claims }: Rules): ClaimNode[] {
  const byDigit = Map.groupBy(open, (position) => digitOf(claims.fingerprints, position, node.level));
  return [...byDigit].map(([digit, positions]) => ({
    key: `${node.key}.${digit.toString(16)}`,
    level: node.level + 1,
    positions,
  }));
}

function sizeBytes(claims: ReadonlyMap<string, Uint8Array>): number {
  let bytes = 0;
  for (const packed of claims.values()) bytes += ownerBytes + packed.length;
  return bytes;
}
