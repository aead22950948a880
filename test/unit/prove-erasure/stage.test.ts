import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defaultEraseSubjectConfig } from '../../../functions/erase-subject/config.ts';
import { readErasureRequest } from '../../../functions/erase-subject/request.ts';
import { makeErase } from '../../../functions/erase-subject/stage.ts';
import { makeProof, type ProofPorts } from '../../../functions/prove-erasure/stage.ts';
import { createMemoryErasures } from '../../../shared/adapters/memory/erasures.ts';
import { createSeededRandom } from '../../../shared/adapters/memory/seeded-random.ts';
import { proofType } from '../../../shared/erasure/proof.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import type { StoredKey } from '../../../shared/ports/subject-key-records.ts';
import { sealAt } from '../../helpers/batches.ts';
import { lookupKey, pseudonymizeWorld } from '../../helpers/pseudonymize-world.ts';

const file = new URL('../../../schemas/edi/erasure-proof.v1.json', import.meta.url);
const schema: JsonObject = JSON.parse(readFileSync(file, 'utf8'));
const dayMillis = 86_400_000;

interface Faults {
  /** Receives the receipt, and may answer with another. */
  readonly receipt?: (receipt: JsonObject) => JsonObject | undefined;
  readonly keys?: (stored: StoredKey | undefined) => StoredKey | undefined;
  readonly rows?: (row: JsonObject) => JsonObject[];
  readonly door?: 'shut';
  readonly erases?: 'nothing';
}

/** The real stages of pseudonymize and erase-subject, between the front door and the table. */
async function world(faults: Faults = {}) {
  const pseudonymize = await pseudonymizeWorld({ schemas: [schema] });
  const { clock, records, sources } = pseudonymize;
  const config = defaultEraseSubjectConfig;
  const consumers = { publisher: pseudonymize.publisher, erasedTopic: 'subject-erased' };
  const quarantine = { remember: async () => undefined, deleteNow: async () => undefined };
  const stores = {
    keys: records,
    sources,
    erasures: createMemoryErasures(),
    quarantine,
    rows: { remember: async () => undefined },
  };
  const erase = makeErase({ ...consumers, ...stores, lookupKey, clock, config });
  const taken = new Set<string>();
  const ports: ProofPorts = {
    keys: {
      async read(ids) {
        const stored = await records.read(ids);
        return faults.keys === undefined ? stored : stored.map(faults.keys);
      },
    },
    rows: {
      tables: async () => [],
      async *holding(_, beginning) {
        const all = pseudonymize.rowsOf(proofType).flatMap((row) => faults.rows?.(row) ?? [row]);
        const held = all.filter((row) => JSON.stringify(row).includes(`"${beginning}`));
        if (held.length > 0) yield held;
      },
    },
    lookupKey,
    clock,
    random: createSeededRandom(7),
    async send(events) {
      if (faults.door === 'shut') return false;
      const fresh = events.filter(({ id }) => !taken.has(String(id)));
      for (const { id } of fresh) taken.add(String(id));
      if (fresh.length === 0) return true;
      const nowMillis = clock.nowMillis();
      const batch = { seal: sealAt(nowMillis, 1), receivedAtMillis: nowMillis, segments: [fresh.map(asSent)] };
      expect(await pseudonymize.deliver(batch)).toBe('done');
      return true;
    },
    async erase(body) {
      if (faults.erases === 'nothing') return { named: 1, keysDestroyed: 1 };
      const request = readErasureRequest(body, 10);
      if ('kind' in request) throw new Error(request.problem);
      const outcome = await erase(request);
      if (outcome.kind !== 'erased') throw new Error(outcome.kind);
      const receipt = { named: outcome.erasure.named, keysDestroyed: outcome.erasure.keysDestroyed };
      return faults.receipt === undefined ? receipt : faults.receipt(receipt);
    },
  };
  return { ...pseudonymize, prove: makeProof(ports) };
}

function asSent({ id, source, subject, type, time, data }: JsonObject) {
  const names = { id: String(id), source: String(source), subject: String(subject), type: String(type) };
  return { ...names, timeMillis: Date.parse(String(time)), data: Object(data) };
}

/** Four calls on each day, as the schedule makes them. */
async function afterDays(days: number, { prove, clock }: Awaited<ReturnType<typeof world>>) {
  let proof = await prove();
  for (let call = 1; call < 4 * days; call++) {
    clock.advance(dayMillis / 4);
    proof = await prove();
  }
  return proof;
}

test('nothing is judged until a person is three days old', async () => {
  expect(await afterDays(3, await world())).toEqual({ outcome: 'young', problems: [] });
});

test('from the fourth day on every call proves the erasure of a person, whatever is sent again', async () => {
  const proving = await world();
  expect(await afterDays(4, proving)).toEqual({ outcome: 'proven', problems: [] });
  expect(await afterDays(3, proving)).toEqual({ outcome: 'proven', problems: [] });
});

test('a receipt for a key that is still there is no proof, on the day and when it is judged', async () => {
  const lying = await world({ erases: 'nothing' });
  const onTheDay = await afterDays(2, lying);
  expect(onTheDay.problems).toEqual(['the key of the person of yesterday is still there after its erasure']);
  const judged = await afterDays(2, lying);
  expect(judged.outcome).toBe('unproven');
  expect(judged.problems).toContain('the key that the rows were made with is not destroyed');
  expect(judged.problems).toContain('no row of the step "later" is stored');
});

const withStep = (row: JsonObject, step: string) => Object(row['data'])['step'] === step;

test.each<[string, Faults]>([
  ['no row of the step "first" is stored', { rows: (row) => (withStep(row, 'first') ? [] : [row]) }],
  ['no row of the step "later" is stored', { rows: (row) => (withStep(row, 'later') ? [] : [row]) }],
  [
    'rows of before the erasure do not have one pseudonym',
    { rows: (row) => [withStep(row, 'again') ? { ...row, subject: 'AAAA' } : row] },
  ],
  ['subject has the same pseudonym after the erasure', { rows: (row) => [{ ...row, subject: 'AAAA' }] }],
  ['source has the same pseudonym after the erasure', { rows: (row) => [{ ...row, source: 'AAAA' }] }],
  ['subject is stored in the clear', { rows: (row) => [{ ...row, subject: Object(row['data'])['trial'] }] }],
])('%s: not proven', async (problem, faults) => {
  const { outcome, problems } = await afterDays(4, await world(faults));
  expect(outcome).toBe('unproven');
  expect(problems).toContain(problem);
});

test('what cannot be done today is told, and another call of the day does it', async () => {
  const shut = await world({ door: 'shut' });
  expect((await shut.prove()).problems).toEqual(['the front door did not take the events of today']);
  const lost: { answers: boolean } = { answers: false };
  const unheard = await world({ receipt: (receipt) => (lost.answers ? receipt : undefined) });
  await unheard.prove();
  unheard.clock.advance(dayMillis);
  expect((await unheard.prove()).problems).toEqual(['erase-subject did not erase the person of yesterday']);
  lost.answers = true;
  expect((await unheard.prove()).problems).toEqual([]);
  expect((await afterDays(3, unheard)).outcome).toBe('proven');
});

test('a person who was erased and has no key of after it has not come back: not proven', async () => {
  const blind = { now: false };
  const proving = await world({ keys: (stored) => (blind.now && stored?.kind === 'keyset' ? undefined : stored) });
  expect((await afterDays(4, proving)).outcome).toBe('proven');
  blind.now = true;
  expect(await proving.prove()).toEqual({
    outcome: 'unproven',
    problems: ['the person has no key of after the erasure'],
  });
});
