import { proofRealm, proofType } from '../../shared/erasure/proof.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';

const dayMillis = 86_400_000;

/** The synthetic person of a day: lives on it, is erased the day after, comes back on the third, and is judged on the fourth. */
export interface SyntheticPerson {
  /** Also what its rows are found by: letters and digits. */
  readonly name: string;
  readonly subject: DataSubject;
}

/** `first` and `again` before the erasure, of one key; `later` after it. */
export type Step = 'first' | 'again' | 'later';

export function personOf(nowMillis: number, daysBack: number): SyntheticPerson {
  const day = new Date(nowMillis - daysBack * dayMillis).toISOString().slice(0, 10).replaceAll('-', '');
  const name = `proof${day}`;
  return { name, subject: { realm: proofRealm, subject: name } };
}

/** The same event however often it is sent on a day: its time is the day's beginning. */
export function eventOf({ name }: SyntheticPerson, step: Step, nowMillis: number): JsonObject {
  const time = new Date(Math.floor(nowMillis / dayMillis) * dayMillis).toISOString();
  const envelope = { specversion: '1.0', id: `${name}-${step}`, source: `edi-proof/${name}`, type: proofType };
  return { ...envelope, subject: name, time, data: { trial: name, step } };
}
