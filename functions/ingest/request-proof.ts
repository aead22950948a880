import { correctedTime } from '../../shared/event/corrected-time.ts';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import type { EventTypes } from '../../shared/event-types/event-types.ts';
import type { Standing } from '../../shared/event-types/subject-check.ts';
import type { ProvenSubject } from '../../shared/ports/quarantine.ts';
import { claimedIdentity } from '../../shared/quarantine/quarantined-event.ts';
import { proofProblem } from '../../shared/subject-tokens/token-proof.ts';
import type { VerifyToken } from '../../shared/subject-tokens/verify-token.ts';
import type { IngestConfig } from './config.ts';

interface ProvingRequest {
  readonly subjectToken: string;
  readonly receivedAtMillis: number;
  readonly sentAtMillis: number | undefined;
}

/** What a request proved about whom it speaks for. */
export interface RequestProof {
  /** Whether it has a token that may count for an event. */
  readonly proves: boolean;
  /** What a person of a verified realm is to the request, in an event of that own time. */
  standingOf(person: ProvenSubject, timeMicros: number): Standing;
  /** Whom it proved to speak for in an event, whatever else is wrong with that; for its record in quarantine. */
  provenBy(event: JsonValue): readonly ProvenSubject[];
}

/** Of a request without a token. */
export const noProof: RequestProof = { proves: false, standingOf: () => 'token-missing', provenBy: () => [] };

/** Verifies the token of a request, where a realm asks for it. Never rejects. */
export async function proveRequest(
  { subjectToken, receivedAtMillis, sentAtMillis }: ProvingRequest,
  { realms }: Pick<EventTypes, 'realms'>,
  { verify, config }: { readonly verify: VerifyToken; readonly config: IngestConfig },
): Promise<RequestProof> {
  if (realms.size === 0) return noProof;
  const token = await verify(subjectToken, realms);
  if (token.kind === 'refused') return { ...noProof, standingOf: () => token.problem };

  const problemAt = (timeMicros: number | undefined) => {
    const corrected =
      timeMicros === undefined ? undefined : correctedTime(timeMicros, { receivedAtMillis, sentAtMillis });
    const eventMicros = corrected ?? timeMicros;
    const eventMillis = eventMicros === undefined ? undefined : eventMicros / 1_000;
    return proofProblem(token, { receivedAtMillis, eventMillis }, config);
  };
  return {
    proves: true,
    standingOf({ realm, subject }, timeMicros) {
      if (realm !== token.realm) return 'token-realm';
      return problemAt(timeMicros) ?? (subject === token.subject ? 'proven' : 'foreign');
    },
    provenBy(event) {
      const identity = isJsonObject(event) ? claimedIdentity(event) : undefined;
      const { realm, subject } = token;
      return problemAt(identity?.timeMicros) === undefined ? [{ realm, subject }] : [];
    },
  };
}
