import type { KeyObject } from 'node:crypto';
import { generationId, subjectKeyId } from '../../shared/erasure/subject-key-id.ts';
import { isJsonObject, type JsonObject } from '../../shared/event/json.ts';
import { newUuidV7 } from '../../shared/event/uuid.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { EventRows } from '../../shared/ports/event-rows.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { StoredKey, SubjectKeyRecords } from '../../shared/ports/subject-key-records.ts';
import { eventOf, personOf, type Step, type SyntheticPerson } from './people.ts';

export interface ProofPorts {
  readonly keys: Pick<SubjectKeyRecords, 'read'>;
  readonly rows: EventRows;
  /** Secret key of record ids. */
  readonly lookupKey: KeyObject;
  readonly clock: Clock;
  readonly random: Random;
  /** Sends events as a client does; answers whether all were taken. */
  readonly send: (events: readonly JsonObject[]) => Promise<boolean>;
  /** Asks erase-subject, as an operator does; answers with the receipt, undefined where there is none. */
  readonly erase: (request: JsonObject) => Promise<JsonObject | undefined>;
}

export interface Proof {
  /** `young`: the person of three days ago was never sent, as after the first deployment. */
  readonly outcome: 'proven' | 'young' | 'unproven';
  /** What went wrong, without values; none where it is proven and the steps of today were done. */
  readonly problems: readonly string[];
}

/** The table of `proofType`. */
const table = 'edi_erasure_proof_v1';

/**
 * One round of the proof, repeatable: sends for the person of today, erases that of yesterday, sends again for that of
 * the day before, and judges that of three days ago, of whom all of this was done. Rejects with `Unavailable`.
 */
export function makeProof(ports: ProofPorts): () => Promise<Proof> {
  const { clock, send } = ports;
  return async () => {
    const nowMillis = clock.nowMillis();
    const person = (daysBack: number) => personOf(nowMillis, daysBack);
    const problems: string[] = [];
    // Nobody comes back who was not erased, such as the people of the days before the first deployment.
    const isErased = (await keyOf(person(2).subject, 0, ports))?.kind === 'tombstone';
    const events = [
      eventOf(person(0), 'first', nowMillis),
      eventOf(person(0), 'again', nowMillis),
      ...(isErased ? [eventOf(person(2), 'later', nowMillis)] : []),
    ];
    if (!(await send(events))) problems.push('the front door did not take the events of today');
    const erasing = await erasePerson(person(1).subject, ports);
    if (erasing !== undefined) problems.push(erasing);
    const judged = await judge(person(3), ports);
    return {
      outcome: judged === 'young' ? 'young' : judged.length > 0 ? 'unproven' : 'proven',
      problems: [...problems, ...(judged === 'young' ? [] : judged)],
    };
  };
}

/** Destroys the key, once. Answers with what went wrong. */
async function erasePerson(subject: DataSubject, ports: ProofPorts): Promise<string | undefined> {
  const before = await keyOf(subject, 0, ports);
  if (before?.kind === 'tombstone') return undefined;
  // Nobody was sent yesterday: what has become of that day is judged in two days.
  if (before === undefined) return undefined;
  const { realm, subject: name } = subject;
  const id = newUuidV7(ports.clock, ports.random);
  const receipt = await ports.erase({ id, subjects: [{ realm, subject: name }] });
  if (receipt === undefined) return 'erase-subject did not erase the person of yesterday';
  if (receipt['named'] !== 1 || receipt['keysDestroyed'] !== 1)
    return 'the receipt does not say that one key was destroyed';
  const after = await keyOf(subject, 0, ports);
  return after?.kind === 'tombstone'
    ? undefined
    : 'the key of the person of yesterday is still there after its erasure';
}

async function keyOf(
  subject: DataSubject,
  generation: number,
  { keys, lookupKey }: ProofPorts,
): Promise<StoredKey | undefined> {
  const [stored] = await keys.read([generationId(lookupKey, subjectKeyId(lookupKey, subject), generation)]);
  return stored;
}

/** What is stored of a step, as pseudonyms. */
interface Stored {
  readonly step: Step;
  readonly subject: string;
  readonly source: string;
}

/**
 * What speaks against the proof; `young` where nothing was ever stored of the person. Encryption is deterministic, so
 * two rows of one text and key are equal: `first` and `again` are, and `later` is another, hence of another key, which
 * opens neither of them. The place of the key that made them holds a tombstone.
 */
async function judge({ name, subject }: SyntheticPerson, ports: ProofPorts): Promise<readonly string[] | 'young'> {
  const found = await storedOf(name, ports.rows);
  const first = await keyOf(subject, 0, ports);
  if (found.length === 0 && first === undefined) return 'young';
  const problems: string[] = [];
  const of = (step: Step) => found.filter((row) => row.step === step);
  for (const step of ['first', 'again', 'later'] as const) {
    if (of(step).length === 0) problems.push(`no row of the step "${step}" is stored`);
  }
  if (first?.kind !== 'tombstone') problems.push('the key that the rows were made with is not destroyed');
  else if ((await keyOf(subject, first.generation, ports))?.kind !== 'keyset') {
    problems.push('the person has no key of after the erasure');
  }
  const before = [...of('first'), ...of('again')];
  if (new Set(before.map((row) => `${row.subject} ${row.source}`)).size > 1) {
    problems.push('rows of before the erasure do not have one pseudonym');
  }
  for (const column of ['subject', 'source'] as const) {
    const old = new Set(before.map((row) => row[column]));
    if (of('later').some((row) => old.has(row[column])))
      problems.push(`${column} has the same pseudonym after the erasure`);
    if (found.some((row) => row[column].includes(name))) problems.push(`${column} is stored in the clear`);
  }
  return problems;
}

async function storedOf(name: string, rows: EventRows): Promise<Stored[]> {
  const found: Stored[] = [];
  for await (const page of rows.holding(table, name)) {
    for (const { data, subject, source } of page) {
      const { trial, step } = isJsonObject(data) ? data : {};
      if (trial !== name || (step !== 'first' && step !== 'again' && step !== 'later')) continue;
      found.push({ step, subject: String(subject), source: String(source) });
    }
  }
  return found;
}
