import { ownTime } from '../../shared/event/corrected-time.ts';
import type { EventTypes } from '../../shared/event-types/event-types.ts';
import type { EventIdentity, ProvenSubject } from '../../shared/ports/quarantine.ts';
import type { Standing } from '../../shared/subject-tokens/subject-check.ts';
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
  /** Whom it speaks for, in events for which that counts; empty without a good token. */
  readonly provenSubjects: readonly ProvenSubject[];
  /** Whether that counts for an event of that own time, whatever else is wrong with the event. */
  countsAt(timeMicros: number | undefined): boolean;
  /** What a person of a verified realm is to the request, in an event of that own time. */
  standingOf(person: ProvenSubject, timeMicros: number): Standing;
}

/** Of a request without a token. */
export const noProof: RequestProof = {
  provenSubjects: [],
  countsAt: () => false,
  standingOf: () => 'token-missing',
};

/** Whom a request proved to speak for in each of these: a token may count for some by their time, and for others not. */
export function provenInAll(
  { provenSubjects, countsAt }: RequestProof,
  identities: readonly (EventIdentity | undefined)[],
): readonly ProvenSubject[] {
  return identities.every((identity) => countsAt(identity?.timeMicros)) ? provenSubjects : [];
}

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
    const eventMillis =
      timeMicros === undefined ? undefined : ownTime(timeMicros, { receivedAtMillis, sentAtMillis }) / 1_000;
    return proofProblem(token, { receivedAtMillis, eventMillis }, config);
  };
  return {
    provenSubjects: [{ realm: token.realm, subject: token.subject }],
    countsAt: (timeMicros) => problemAt(timeMicros) === undefined,
    standingOf({ realm, subject }, timeMicros) {
      if (realm !== token.realm) return 'token-realm';
      return problemAt(timeMicros) ?? (subject === token.subject ? 'proven' : 'foreign');
    },
  };
}
