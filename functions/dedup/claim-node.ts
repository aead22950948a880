import type { ClaimDocument } from '../../shared/ports/claim-documents.ts';
import { sealedAtMillis, standingOf } from './claim-owner.ts';
import { type Fingerprint, finderOf, packFingerprints } from './fingerprint.ts';

/** One event to claim: its document and its fingerprint in it. Equal pairs are the same event. */
export interface Claim {
  readonly documentKey: string;
  /** The event's document in the namespace's other layout, while its width changes: looked into, never written. */
  readonly otherDocumentKey?: string;
  readonly fingerprint: Fingerprint;
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
  /** Position in the request by fingerprint. */
  readonly wanted: ReadonlyMap<Fingerprint, number>;
}

export interface NodeDecision {
  readonly node: ClaimNode;
  readonly outcomes: readonly (readonly [position: number, outcome: ClaimOutcome])[];
  /** What to write; absent when there is nothing to. The outcomes hold only once it is written. */
  readonly document?: ClaimDocument;
  /** Sub-documents that decide the rest, to be read after the write. */
  readonly below: readonly ClaimNode[];
}

interface Rules {
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

/** An event of a request by its position there. */
export interface PlacedClaim {
  readonly position: number;
  readonly key: string;
  readonly fingerprint: Fingerprint;
}

/** The documents that claims are to be decided in. Claims differ in key or fingerprint. */
export function rootNodes(claims: readonly PlacedClaim[]): ClaimNode[] {
  const byKey = new Map<string, Map<Fingerprint, number>>();
  for (const { key, fingerprint, position } of claims) {
    const wanted = byKey.get(key);
    if (wanted === undefined) byKey.set(key, new Map([[fingerprint, position]]));
    else wanted.set(fingerprint, position);
  }
  return [...byKey].map(([key, wanted]) => ({ key, level: 0, wanted }));
}

/** Decides what one document can decide: who holds what, what is fresh here, and what has to be asked below. */
export function decideNode(node: ClaimNode, stored: ClaimDocument | undefined, rules: Rules): NodeDecision {
  const alive = stored !== undefined && stored.expireAtMillis > rules.nowMillis ? stored : undefined;
  const claims = liveClaims(alive, rules);
  const { outcomes, open, shared } = findHolders(node, claims, rules.owner);
  if (open.size === 0) return { node, outcomes, below: [] };
  const expireAtMillis = rules.nowMillis + rules.lookBackMillis;
  const before = alive?.expireAtMillis ?? 0;
  if (alive?.split) {
    // Written only when its sub-documents are about to outlive it.
    const extended = { claims, split: true as const, expireAtMillis: expireAtMillis + extensionMillis };
    return { node, outcomes, below: subNodes(node, open), ...(before < expireAtMillis ? { document: extended } : {}) };
  }
  const own = packFingerprints(claims.get(rules.owner), [...open.keys()]);
  const grown = new Map(claims).set(rules.owner, own);
  if (sizeBytes(grown) > rules.maxDocumentBytes && node.level < maxLevel) {
    const full = { claims, split: true as const, expireAtMillis: Math.max(before, expireAtMillis + extensionMillis) };
    return { node, outcomes, below: subNodes(node, open), document: full };
  }
  const fresh = [...open].map(([print, position]) => [position, shared.has(print) ? 'shared' : 'fresh'] as const);
  const document = { claims: grown, expireAtMillis: Math.max(before, expireAtMillis) };
  return { node, outcomes: [...outcomes, ...fresh], below: [], document };
}

/** Finds out who holds what in a document that is never written: only what it holds is decided. */
export function lookIntoNode(node: ClaimNode, stored: ClaimDocument | undefined, rules: Rules): NodeDecision {
  const alive = stored !== undefined && stored.expireAtMillis > rules.nowMillis ? stored : undefined;
  const { outcomes, open } = findHolders(node, liveClaims(alive, rules), rules.owner);
  return { node, outcomes, below: alive?.split ? subNodes(node, open) : [] };
}

/** `open`: nobody holds it whose claim counts; `shared`, of those: a replay does, which never counts here. */
function findHolders(node: ClaimNode, claims: ReadonlyMap<string, Uint8Array>, owner: string) {
  const held = { own: new Set<Fingerprint>(), counts: new Set<Fingerprint>(), 'never-counts': new Set<Fingerprint>() };
  if (claims.size > 0) {
    const find = finderOf(node.wanted);
    for (const [other, packed] of claims) {
      const prints = held[standingOf(other, owner)];
      for (const print of find(packed)) prints.add(print);
    }
  }
  const open = new Map<Fingerprint, number>();
  const outcomes: (readonly [number, ClaimOutcome])[] = [];
  for (const [print, position] of node.wanted) {
    const others = held.counts.has(print) || held['never-counts'].has(print);
    if (held.own.has(print)) outcomes.push([position, others ? 'shared' : 'own']);
    else if (held.counts.has(print)) outcomes.push([position, 'duplicate']);
    else open.set(print, position);
  }
  return { outcomes, open, shared: held['never-counts'] };
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
function subNodes(node: ClaimNode, open: ReadonlyMap<Fingerprint, number>): ClaimNode[] {
  const byDigit = Map.groupBy(open, ([print]) => print.charAt(node.level));
  return [...byDigit].map(([digit, part]) => ({
    key: `${node.key}.${digit}`,
    level: node.level + 1,
    wanted: new Map(part),
  }));
}

function sizeBytes(claims: ReadonlyMap<string, Uint8Array>): number {
  let bytes = 0;
  for (const packed of claims.values()) bytes += ownerBytes + packed.length;
  return bytes;
}
