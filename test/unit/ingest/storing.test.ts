import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test } from 'vitest';
import type { IngestConfig } from '../../../functions/ingest/config.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import { type IngestWorld, orderEvent, startIngest } from '../../helpers/ingest-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const schemas = [
  schemaDocument({ open: true, edi: { sdks: ['web', 'phone'] } }),
  schemaDocument({ type: 'shop.closed.v1' }),
];

let world: IngestWorld;
afterEach(() => world.close());

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Lets `publish` wait until `open` is called; counts who waits. */
function publisherGate() {
  const waiting: (() => void)[] = [];
  let isOpen = false;
  return {
    gate: () => (isOpen ? undefined : new Promise<void>((resolve) => waiting.push(resolve))),
    waiting: () => waiting.length,
    open: () => {
      isOpen = true;
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}

/** Lets the event loop turn until `reached`; bounded by the test's own time limit. */
async function until(reached: () => boolean): Promise<void> {
  while (!reached()) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

describe('no answer before everything is stored', () => {
  test('accepted events', async () => {
    const { gate, waiting, open } = publisherGate();
    world = await startIngest({ schemas, publisherGate: gate });
    let answered = false;
    const response = world.post([orderEvent()]).then((answer) => {
      answered = true;
      return answer;
    });
    await until(() => waiting() === 1);
    expect((await fetch(`${world.url}/health`)).status).toBe(200);
    expect([answered, world.publisher.published]).toEqual([false, []]);
    open();
    expect((await response).status).toBe(200);
    expect(world.received()).toHaveLength(1);
  });

  test('quarantined events', async () => {
    const { gate, waiting, open } = publisherGate();
    world = await startIngest({ schemas, publisherGate: gate });
    let answered = false;
    const response = world.post([orderEvent(), orderEvent({ type: 'shop.unknown.v1' })]).then((answer) => {
      answered = true;
      return answer;
    });
    await until(() => waiting() === 2);
    expect((await fetch(`${world.url}/health`)).status).toBe(200);
    expect(answered).toBe(false);
    open();
    expect(await (await response).json()).toMatchObject({ accepted: 1, rejected: [{ reason: 'unknown-type' }] });
    expect([world.received().length, world.quarantined().length]).toEqual([1, 1]);
  });
});

/** Of the first events that are parsed until it is called; none of them is kept here. */
function watchParsedEvents(): () => WeakRef<object>[] {
  const { parse } = JSON;
  const seen: WeakRef<object>[] = [];
  JSON.parse = (text, reviver) => {
    const value: unknown = parse(text, reviver);
    if (Array.isArray(value) && typeof value[0] === 'object' && value[0] !== null) seen.push(new WeakRef(value[0]));
    return value;
  };
  return () => {
    JSON.parse = parse;
    return seen;
  };
}

test('while its answer waits, nothing of an accepted event is kept', async () => {
  const { gate, waiting, open } = publisherGate();
  world = await startIngest({ schemas, publisherGate: gate });
  const parsedEvents = watchParsedEvents();
  const response = world.post([orderEvent()]);
  await until(() => waiting() === 1);
  const parsed = parsedEvents();
  expect(parsed).toHaveLength(1);
  collectGarbage();
  expect(parsed.map((one) => one.deref())).toEqual([undefined]);
  open();
  expect((await response).status).toBe(200);
});

describe('503 when it is not known to be stored', () => {
  test.each([
    ['accepted events', orderEvent(), 'not-stored'],
    ['accepted events of which the answer got lost', orderEvent(), 'stored'],
    ['events for quarantine', orderEvent({ type: 'shop.unknown.v1' }), 'not-stored'],
  ] as const)('%s', async (_what, event, effect) => {
    world = await startIngest({ schemas, config: { retryAfterSeconds: 7 } });
    world.publisher.failNext(1, effect);
    const response = await world.post([event]);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7']);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(world.observer.counts.get('accepted')).toBeUndefined();
    expect((await world.post([event])).status).toBe(200);
  });

  test('a bug is a 503, too, and logged without its message', async () => {
    const gate = () => {
      throw new TypeError('alice@example.com');
    };
    world = await startIngest({ schemas, publisherGate: gate });
    const response = await world.post([orderEvent()]);
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('alice');
    expect(world.observer.entries).toMatchObject([{ severity: 'ERROR', message: 'unexpected error' }]);
    expect(JSON.stringify(world.observer.entries)).not.toContain('alice');
  });
});

describe('requests that arrive together', () => {
  /** A clock that tells how many tasks wait, so that a test knows when its requests have. */
  async function coalescing(config: Partial<IngestConfig> = {}) {
    const manual = createManualClock(Date.UTC(2026, 0, 1));
    let scheduled = 0;
    const clock: Clock = {
      nowMillis: manual.nowMillis,
      after: (delayMillis, task) => {
        scheduled++;
        return manual.after(delayMillis, task);
      },
    };
    world = await startIngest({ schemas, clock, config: { coalesceMillis: 5, ...config } });
    return { manual, scheduled: () => scheduled };
  }

  /** An event whose extension is counted when it is checked, which is how a test knows that it has arrived. */
  const counted = (id: string) => orderEvent({ id, extension: 'x' });
  const arrived = async (events: number): Promise<void> => {
    await until(() => world.observer.counts.get('dropped-extensions') === events);
    await new Promise<void>((resolve) => setImmediate(resolve));
  };

  test('are sealed together within the time, each with its own segment', async () => {
    const { manual, scheduled } = await coalescing();
    const first = world.post([counted('a')], { 'x-edi-sent-at': '1767225600000' });
    await arrived(1);
    manual.advance(4);
    expect(world.received()).toEqual([]);
    const second = world.post([counted('b'), counted('c')]);
    const third = world.post([counted('d')], { authorization: 'Bearer key-phone' });
    await arrived(4);
    expect(scheduled()).toBe(2);
    manual.advance(1);
    expect(await (await first).json()).toMatchObject({ accepted: 1 });
    expect(await (await second).json()).toMatchObject({ accepted: 2 });
    manual.advance(5);
    expect(await (await third).json()).toMatchObject({ accepted: 1 });
    const [web, phone] = world.received();
    expect([web?.sdk, phone?.sdk]).toEqual(['web', 'phone']);
    expect(web?.index.entries.map(({ segment, id }) => [segment, id])).toEqual([
      [0, 'a'],
      [1, 'b'],
      [1, 'c'],
    ]);
    expect(web?.index.segments.map(({ receivedAtMillis }) => receivedAtMillis - Date.UTC(2026, 0, 1))).toEqual([0, 4]);
    expect(web?.index.segments.map(({ sentAtMillis }) => sentAtMillis)).toEqual([1_767_225_600_000, undefined]);
    expect(web?.texts.map((text) => JSON.parse(text).length)).toEqual([1, 2]);
    expect(world.observer.counts.get('batches-sealed')).toBe(2);
  });

  test('wait for nobody when they fill half a batch, by events or by bytes', async () => {
    await coalescing({ maxSealEvents: 4, maxSealBytes: 10_000 });
    expect((await world.post([orderEvent({ id: 'a' }), orderEvent({ id: 'b' })])).status).toBe(200);
    expect((await world.post([orderEvent({ pad: 'x'.repeat(5_000) })])).status).toBe(200);
    expect(world.received()).toHaveLength(2);
  });

  test('are not sealed with what would make the batch too large', async () => {
    const { manual, scheduled } = await coalescing({ maxSealEvents: 10 });
    const first = world.post(Array.from({ length: 4 }, (_, at) => orderEvent({ id: `a${at}` })));
    await until(() => scheduled() === 1);
    const second = world.post(Array.from({ length: 7 }, (_, at) => orderEvent({ id: `b${at}` })));
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(world.received().map(({ index }) => index.entries.length)).toEqual([4, 7]);
    expect(manual.pendingTasks()).toBe(0);
  });

  test('all fail when their batch does', async () => {
    const { manual, scheduled } = await coalescing();
    const requests = [world.post([counted('a')]), world.post([counted('b')])];
    await arrived(2);
    expect(scheduled()).toBe(1);
    world.publisher.failNext(1, 'not-stored');
    manual.advance(5);
    expect((await Promise.all(requests)).map(({ status }) => status)).toEqual([503, 503]);
  });
});

describe('429 with Retry-After', () => {
  test('when too many requests are in flight, and no longer once they are answered', async () => {
    const { gate, waiting, open } = publisherGate();
    world = await startIngest({ schemas, publisherGate: gate, config: { maxInFlightRequests: 1 } });
    const first = world.post([orderEvent()]);
    await until(() => waiting() === 1);
    const second = await world.post([orderEvent()]);
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, '5']);
    expect(second.headers.get('content-type')).toBe('application/problem+json');
    open();
    expect((await first).status).toBe(200);
    expect((await world.post([orderEvent()])).status).toBe(200);
  });

  test('when too many bytes are', async () => {
    const { gate, waiting, open } = publisherGate();
    world = await startIngest({ schemas, publisherGate: gate, config: { maxInFlightBytes: 1_500 } });
    const padded = [orderEvent({ pad: 'x'.repeat(1_000) })];
    const first = world.post(padded);
    await until(() => waiting() === 1);
    expect((await world.post(padded)).status).toBe(429);
    open();
    expect((await first).status).toBe(200);
    expect((await world.post(padded)).status).toBe(200);
  });
});
