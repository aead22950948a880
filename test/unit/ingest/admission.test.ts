import { describe, expect, test } from 'vitest';
import { type Guest, makeAdmission } from '../../../functions/ingest/admission.ts';
import { defaultIngestConfig, type IngestConfig } from '../../../functions/ingest/config.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';

function admissionWith(changes: Partial<IngestConfig> = {}) {
  const clock = createManualClock();
  const admission = makeAdmission({ ...defaultIngestConfig, ...changes }, clock);
  const ends = new Map<string, string>();
  /** A request of a client, of whose body nothing has come yet. */
  function enter(client: string, name = client): Guest | undefined {
    const guest = admission.enter(client);
    guest?.watch.opened((end) => {
      ends.set(name, end);
      guest.watch.closed();
    });
    return guest;
  }
  return { clock, admission, enter, ends };
}

describe('10: a body', () => {
  test('that does not come is ended after the grace', () => {
    const { clock, enter, ends } = admissionWith({ bodyGraceMillis: 5_000 });
    enter('a');
    clock.advance(4_900);
    expect(ends.size).toBe(0);
    clock.advance(350);
    expect([...ends]).toEqual([['a', 'slow']]);
    expect(clock.pendingTasks()).toBe(0);
  });

  test('has a minimum rate and a deadline', () => {
    const { clock, enter, ends } = admissionWith({ minBodyBytesPerSecond: 100, bodyDeadlineMillis: 20_000 });
    const [trickle, steady] = [enter('a', 'trickle'), enter('b', 'steady')];
    for (let second = 1; second <= 19; second++) {
      trickle?.watch.received(90);
      steady?.watch.received(101);
      clock.advance(1_000);
    }
    expect([...ends]).toEqual([['trickle', 'slow']]);
    clock.advance(1_250);
    expect(ends.get('steady')).toBe('slow');
  });

  test('that is there in whole is not watched, however long its request takes', () => {
    const { clock, enter, ends } = admissionWith();
    const guest = enter('a');
    guest?.watch.received(10);
    guest?.watch.closed();
    clock.advance(3_600_000);
    expect(ends.size).toBe(0);
  });

  test('that is slow is one of few, of a client and of all; those that bring least end', () => {
    const { clock, enter, ends } = admissionWith({ maxClientSlowBodies: 2, maxSlowBodies: 3 });
    for (const name of ['a1', 'a2', 'a3', 'a4']) enter('a', name)?.watch.received(Number(name.slice(1)));
    enter('b')?.watch.received(100);
    enter('c')?.watch.received(50);
    clock.advance(1_250);
    expect([...ends.keys()].sort()).toEqual(['a1', 'a2', 'a3']);
  });
});

describe('10: memory', () => {
  test('is held as it arrives, not as it is announced, and given back', () => {
    const { admission } = admissionWith({ maxInFlightBytes: 100 });
    const [one, other] = [admission.enter('a'), admission.enter('b')];
    expect(one?.watch.received(60)).toBe(true);
    expect(other?.watch.received(41)).toBe(false);
    expect(other?.watch.received(40)).toBe(true);
    one?.leave();
    one?.leave();
    expect(other?.hold(60)).toBe(true);
    expect(other?.hold(1)).toBe(false);
  });

  test('of one client has a share, and others do not feel it', () => {
    const { admission } = admissionWith({ maxClientBytes: 50 });
    const [one, more, other] = [admission.enter('a'), admission.enter('a'), admission.enter('b')];
    expect(one?.watch.received(50)).toBe(true);
    expect(more?.watch.received(1)).toBe(false);
    expect(other?.watch.received(50)).toBe(true);
  });

  test('is given up by the body on its way of the client that holds most', () => {
    const { enter, ends } = admissionWith({ maxInFlightBytes: 100 });
    const greedy = [enter('a', 'a1'), enter('a', 'a2')];
    for (const guest of greedy) expect(guest?.watch.received(40)).toBe(true);
    const modest = enter('b');
    expect(modest?.watch.received(30)).toBe(true);
    expect([...ends]).toEqual([['a1', 'busy']]);
    expect(greedy[0]?.watch.received(1)).toBe(false);
  });
});

describe('10: requests', () => {
  test('of one client have a share; a silent one of its own gives way, others do not', () => {
    const { clock, enter, ends } = admissionWith({ maxClientRequests: 2 });
    expect([enter('a', 'a1'), enter('a', 'a2'), enter('a', 'a3')].map(Boolean)).toEqual([true, true, false]);
    expect(enter('b')).toBeDefined();
    clock.advance(300);
    expect(enter('a', 'a4')).toBeDefined();
    expect([...ends]).toEqual([['a1', 'busy']]);
  });

  test('of a flood from one address do not shut others out, but equals are refused when all is full', () => {
    const { enter, ends } = admissionWith({ maxInFlightRequests: 4 });
    for (const name of ['a1', 'a2', 'a3', 'a4']) enter('a', name);
    expect([enter('b'), enter('c')].map(Boolean)).toEqual([true, true]);
    expect([...ends.keys()]).toEqual(['a1', 'a2']);
    expect(enter('d')).toBeDefined();
    expect(enter('e')).toBeUndefined();
  });

  test('whose bodies are there are not ended for others', () => {
    const { admission } = admissionWith({ maxInFlightRequests: 1 });
    const working = admission.enter('a');
    expect(admission.enter('b')).toBeUndefined();
    working?.leave();
    expect(admission.enter('b')).toBeDefined();
  });
});

describe('10: a secret key', () => {
  test('has a share of its own', () => {
    const { admission } = admissionWith({ maxKeyRequests: 2, maxKeyBytes: 50 });
    const guests = ['a', 'b', 'c'].map((client) => admission.enter(client));
    expect(guests.map((guest) => guest?.joinKey('relay'))).toEqual([true, true, false]);
    expect([guests[0]?.hold(30), guests[1]?.hold(21), guests[1]?.hold(20)]).toEqual([true, false, true]);
    guests[0]?.leave();
    expect(guests[2]?.joinKey('relay')).toBe(true);
    expect(guests[1]?.hold(30)).toBe(true);
  });
});
