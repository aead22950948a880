import { uuidV7Millis } from '../../shared/event/uuid.ts';
import type { ClaimDocument, ClaimDocuments, StoredClaimDocument } from '../../shared/ports/claim-documents.ts';
import { packFingerprints, unpackFingerprints } from './fingerprint.ts';

/** One event to claim: its document and its fingerprint in it. Equal pairs are the same event. */
export interface Claim {
  readonly documentKey: string;
  readonly fingerprint: bigint;
}

/**
 * `fresh`: nobody had it. `own`: this owner claimed it earlier. `shared`: this owner and another hold it. `duplicate`:
 * only others hold it, or it stands further up in the same list.
 */
export type ClaimOutcome = 'fresh' | 'own' | 'shared' | 'duplicate';

export interface ClaimRequest {
  /** The seal of the batch: redelivery, dead-lettering and replay keep it, so that claiming again changes nothing. */
  readonly owner: string;
  readonly claims: readonly Claim[];
  readonly nowMillis: number;
}

export interface ClaimIndexOptions {
  readonly documents: ClaimDocuments;
  readonly lookBackMillis: number;
  readonly maxRounds: number;
}

export type ClaimResult =
  | { readonly kind: 'claimed'; readonly outcomes: readonly ClaimOutcome[]; readonly conflicts: number }
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
 * A claim counts for the look-back, from the time in its owner's seal; that is server time, while a client's clock may
 * be years off. Claims that no longer count are dropped whenever their document is written.
 */
export async function claim(options: ClaimIndexOptions, request: ClaimRequest): Promise<ClaimResult> {
  const positions = new Map<string, Map<bigint, number>>();
  const outcomes: ClaimOutcome[] = request.claims.map(({ documentKey, fingerprint }, at) => {
    const inDocument = positions.get(documentKey) ?? new Map<bigint, number>();
    positions.set(documentKey, inDocument);
    if (inDocument.has(fingerprint)) return 'duplicate';
    inDocument.set(fingerprint, at);
    return 'fresh';
  });
  let conflicts = 0;
  let open = [...positions.keys()];
  for (let round = 0; open.length > 0 && round < options.maxRounds; round++) {
    const stored = await options.documents.read(open);
    const writes = open.flatMap((key, at) => {
      const decided = decideDocument(options, request, { stored: stored[at], wanted: positions.get(key) ?? new Map() });
      for (const [position, outcome] of decided.outcomes) outcomes[position] = outcome;
      if (decided.document === undefined) return [];
      return [{ key, document: decided.document, expected: stored[at]?.version ?? 'absent' }];
    });
    const results = writes.length === 0 ? [] : await options.documents.write(writes);
    open = writes.filter((_, at) => results[at] !== 'written').map(({ key }) => key);
    conflicts += open.length;
  }
  return open.length > 0 ? { kind: 'contention', conflicts } : { kind: 'claimed', outcomes, conflicts };
}

interface DocumentState {
  readonly stored: StoredClaimDocument | undefined;
  /** Position in the request by fingerprint. */
  readonly wanted: ReadonlyMap<bigint, number>;
}

interface DocumentDecision {
  readonly outcomes: readonly (readonly [position: number, outcome: ClaimOutcome])[];
  /** What to write; absent when nothing is fresh. */
  readonly document?: ClaimDocument;
}

function decideDocument(options: ClaimIndexOptions, request: ClaimRequest, state: DocumentState): DocumentDecision {
  const { owner, nowMillis } = request;
  const live = liveClaims(state.stored, owner, nowMillis - options.lookBackMillis);
  const own = live.get(owner);
  const ownPrints = own === undefined ? new Set<bigint>() : unpackFingerprints(own);
  const othersPrints = new Set<bigint>();
  for (const [other, packed] of live) {
    if (other !== owner) for (const print of unpackFingerprints(packed)) othersPrints.add(print);
  }
  const fresh: bigint[] = [];
  const outcomes = [...state.wanted].map(([print, position]) => {
    const byOther = othersPrints.has(print);
    if (ownPrints.has(print)) return [position, byOther ? 'shared' : 'own'] as const;
    if (byOther) return [position, 'duplicate'] as const;
    fresh.push(print);
    return [position, 'fresh'] as const;
  });
  if (fresh.length === 0) return { outcomes };
  const claims = new Map(live).set(owner, packFingerprints(own, fresh));
  const expireAtMillis = Math.max(nowMillis + options.lookBackMillis, state.stored?.expireAtMillis ?? 0);
  return { outcomes, document: { claims, expireAtMillis } };
}

/** The claims that count. An owner's own always do: what it claimed it may still have to forward. */
function liveClaims(stored: ClaimDocument | undefined, owner: string, oldestMillis: number): Map<string, Uint8Array> {
  const live = new Map<string, Uint8Array>();
  for (const [other, packed] of stored?.claims ?? []) {
    if (other === owner || (uuidV7Millis(other) ?? 0) > oldestMillis) live.set(other, packed);
  }
  return live;
}
