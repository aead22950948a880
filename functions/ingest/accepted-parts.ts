import type { JsonValue } from '../../shared/event/json.ts';
import type { Checked } from '../../shared/event-types/check-event.ts';
import type { Account } from '../../shared/outcome/account.ts';
import type { ProvenSubject } from '../../shared/ports/quarantine.ts';
import type { IngestConfig } from './config.ts';
import type { EventOutcome, IngestRequest, Received } from './decide.ts';
import { fillSeals } from './fill-seals.ts';
import { textOf } from './read-events.ts';
import type { RequestProof } from './request-proof.ts';
import type { AcceptedPart } from './sealer.ts';

interface PartOptions extends Received {
  readonly limits: Pick<IngestConfig, 'maxSealBytes' | 'maxSealEvents'>;
}

/** What of a request goes into batches: by SDK and proof, as many events each as a batch holds. */
export function acceptedParts(
  request: IngestRequest,
  accounts: Account<JsonValue, EventOutcome>,
  { receivedAtMillis, proof, limits }: PartOptions,
): AcceptedPart[] {
  const { arrayBytes, events } = request.events;
  const sentAt = request.sentAtMillis === undefined ? {} : { sentAtMillis: request.sentAtMillis };
  const parts: AcceptedPart[] = [];
  for (const { sdk, provenSubjects, group } of groupsOf(accounts.outcomesOf('valid'), proof)) {
    const proven = provenSubjects.length === 0 ? {} : { provenSubjects };
    const add = (bytes: Uint8Array, some: readonly Checked[]) => {
      const segment = { lengthBytes: bytes.length, receivedAtMillis, ...sentAt, ...proven };
      parts.push({ sdk, segment, bytes, events: some });
    };
    // All accepted, one SDK: the client's own bytes go on as they are.
    const own = group.length === events.length ? arrayBytes : undefined;
    if (own !== undefined && group.length <= limits.maxSealEvents && own.length <= limits.maxSealBytes) {
      add(own, group);
      continue;
    }
    const members = new Set<EventOutcome>(group);
    const texts = accounts.outcomes.flatMap((outcome, at) =>
      members.has(outcome) ? [textOf(request.events, at)] : [],
    );
    for (const [from, to] of fillSeals(texts, limits)) {
      add(Buffer.from(`[${texts.slice(from, to).join(',')}]`), group.slice(from, to));
    }
  }
  return parts;
}

interface AcceptedGroup {
  readonly sdk: string;
  readonly provenSubjects: readonly ProvenSubject[];
  readonly group: readonly Checked[];
}

/** By SDK, and by whether the request's proof counts for the event. */
function groupsOf(valid: readonly Checked[], { provenSubjects, countsAt }: RequestProof): AcceptedGroup[] {
  const bySdk = groupsBySdk(valid);
  if (provenSubjects.length === 0) return bySdk.map(([sdk, group]) => ({ sdk, provenSubjects, group }));
  return bySdk.flatMap(([sdk, ofSdk]) => {
    const byProof = Map.groupBy(ofSdk, ({ envelope }) => countsAt(envelope.timeMicros));
    return [...byProof].map(([counts, group]) => ({ sdk, provenSubjects: counts ? provenSubjects : [], group }));
  });
}

/** All of a request are nearly always under one. */
function groupsBySdk(valid: readonly Checked[]): (readonly [sdk: string, group: readonly Checked[]])[] {
  const [first] = valid;
  if (first !== undefined && valid.every(({ sdk }) => sdk === first.sdk)) return [[first.sdk, valid]];
  return [...Map.groupBy(valid, ({ sdk }) => sdk)];
}
