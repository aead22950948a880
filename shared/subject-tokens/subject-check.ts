import type { Envelope } from '../event/envelope.ts';
import type { SubjectCheck } from '../event-types/check-event.ts';
import type { EventTypes } from '../event-types/event-types.ts';
import type { Retry } from '../outcome/outcome.ts';
import type { ProvenSubject } from '../ports/quarantine.ts';
import { type NamedPerson, namedPeople } from './named-people.ts';

/**
 * What a person is to who sends the event: `proven`; somebody else (`foreign`); or unknown for now, in a word that says
 * why, such as `token-missing`.
 */
export type Standing = 'proven' | 'foreign' | `token-${string}`;

/** What was wanted of who names somebody. */
const ofProven = 'a person that the subject token of the request speaks for';
const aToken = 'a subject token that is valid now and speaks for this person';

/** What people are to a request that proved to speak for these. */
export function provenBy(provenSubjects: readonly ProvenSubject[]): (person: NamedPerson) => Standing {
  return ({ realm, subject }) =>
    provenSubjects.some((proven) => proven.realm === realm && proven.subject === subject) ? 'proven' : 'foreign';
}

/**
 * The check of people of verified realms, for events of one request or record: all of them have to be proven, but for
 * bindings with secret keys, whose servers know whom they speak of. Undefined while no realm is verified, so that it costs
 * nothing. Asked before the schema judges the data: what that refuses is kept in quarantine, from where it may come back.
 */
export function makeSubjectCheck(
  { realms, sdks }: Pick<EventTypes, 'realms' | 'sdks'>,
  standingOf: (person: NamedPerson, envelope: Envelope) => Standing,
): SubjectCheck | undefined {
  if (realms.size === 0) return undefined;
  return (envelope, eventType, sdk) => {
    if (sdks.get(sdk)?.key === 'secret') return undefined;
    let waits: Retry | undefined;
    for (const person of namedPeople(eventType, envelope, realms)) {
      const standing = standingOf(person, envelope);
      if (standing === 'proven') continue;
      const { path } = person;
      if (standing === 'foreign')
        return { kind: 'foreign', reason: 'subject', errors: [{ path, keyword: 'token-subject', expected: ofProven }] };
      waits ??= { kind: 'retry', reason: 'subject', errors: [{ path, keyword: standing, expected: aToken }] };
    }
    return waits;
  };
}
