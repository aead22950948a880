import { appendFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeModelStore } from '../../../shared/client/core/model-store.ts';
import type { Draft, Priority, Store } from '../../../shared/client/core/ports.ts';
import type { QueueModel } from '../../../shared/client/core/queue-model.ts';
import { takeLane, takeLeftLanes } from '../../../shared/client/node/lane.ts';
import { writeLine } from '../../../shared/client/node/segment-line.ts';
import { openSegments } from '../../../shared/client/node/segments.ts';
import { makeScratchFolder } from '../../helpers/local-process.ts';

let scratch: ReturnType<typeof makeScratchFolder>;
beforeEach(() => {
  scratch = makeScratchFolder();
});
afterEach(() => scratch.remove());

const durability = 'process-death';
const bounds = { maxEvents: 30, maxBytes: 1_000_000 };
const limits = { maxRequestEvents: 4, maxBodyBytes: 1_000_000 };

async function openStore(
  folder: string,
  maxSegmentBytes = 2_000,
  openFile = open,
): Promise<{ store: Store; model: QueueModel }> {
  const segments = await openSegments({ folder, durability, maxSegmentBytes, openFile });
  const { model } = segments;
  return {
    model,
    store: makeModelStore({ durability, ...segments, newSource: () => 'urn:a' }),
  };
}

function draft(id: string, priority: Priority = 1): Draft {
  const type = `shop.order-${id.length % 2}.v1`;
  return { id, type, text: `{"id":"${id}","note":"tab\\tfeed\\né"`, priority, atMillis: 1, group: '' };
}

/** Opens files on a disk that has room for so many bytes of a folder: what is written beyond is cut off, and fails. */
function onDisk(folder: string, capacityBytes: number): typeof open {
  const used = () => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  return async (...given) => {
    const file = await open(...given);
    const append = file.appendFile.bind(file);
    file.appendFile = async (data) => {
      if (!(data instanceof Uint8Array)) throw new Error('bytes are written here');
      const content = Buffer.from(data);
      const fitting = content.subarray(0, Math.max(0, capacityBytes - used()));
      await append(fitting);
      if (fitting.length < content.length) throw new Error('ENOSPC: no space left on device');
    };
    return file;
  };
}

/** What a queue is, whoever tells it. */
function summary(model: QueueModel): unknown {
  const { source, consent, note, nextEvent, nextBatch } = model;
  const batches = [...model.batches].map(([id, events]) => [id, events.filter((n) => model.events.has(n))]);
  const events = [...model.events.values()].sort((a, b) => a.n - b.n);
  const sequences = Object.fromEntries([...model.sequences].sort());
  return {
    source,
    consent,
    note,
    nextEvent,
    nextBatch,
    batches,
    events,
    sequences,
    losses: model.losses(),
    size: model.size(),
  };
}

const files = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.seg'))
    .sort();

type Step = 'append' | 'seal' | 'settle' | 'halve' | 'expire' | 'note' | 'reset' | 'consent';
const step = fc.constantFrom<Step>(
  'append',
  'append',
  'append',
  'seal',
  'settle',
  'halve',
  'expire',
  'note',
  'reset',
  'consent',
);

async function take(store: Store, one: Step, at: number): Promise<void> {
  const [first] = await store.batches();
  const batch = first === undefined ? undefined : await store.read(first);
  if (one === 'append') {
    await store.append([draft(`a${at}`), draft(`bb${at}`, 0), draft(`c${at}`, 2)], bounds);
  }
  if (one === 'seal') await store.seal(limits);
  if (one === 'settle' && batch) await store.settle(batch, []);
  if (one === 'halve' && batch) await store.settle(batch, [batch.events.slice(0, 1), batch.events.slice(2)]);
  if (one === 'expire') await store.append([], bounds, [{ type: 'shop.order.v1', reason: 'age', count: 2 }]);
  if (one === 'note') await store.note(`note ${at}`);
  if (one === 'reset') await store.restart();
  if (one === 'consent') await store.setConsent(!(await store.state()).consent);
}

describe('segments', () => {
  test('tell the queue as it was, after any operations, over any number of segments', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const folder = join(scratch.path, `whole-${run++}`);
        const { store, model } = await openStore(folder);
        for (const [at, one] of steps.entries()) await take(store, one, at);
        await store.close();
        const again = await openStore(folder);
        expect(summary(again.model)).toEqual(summary(model));
        await again.store.close();
      }),
      { numRuns: 30 },
    );
  });

  test('cut off anywhere tell what was kept before, and go on from there', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), fc.nat({ max: 99 }), async (steps, percent) => {
        const folder = join(scratch.path, `torn-${run++}`);
        // One segment, which nothing is taken out of, so that every state has its place in it.
        const { model, write, close } = await openSegments({ folder, durability, maxSegmentBytes: 10_000_000 });
        const store = makeModelStore({ durability, model, write, close, newSource: () => 'urn:a' });
        const path = join(folder, files(folder)[0] ?? '');
        await store.state();
        const firstBytes = readFileSync(path).length;
        const states = [{ bytes: firstBytes, state: summary(model) }];
        for (const [at, one] of steps.entries()) {
          await take(store, one, at);
          states.push({ bytes: readFileSync(path).length, state: summary(model) });
        }
        await store.close();
        const cutBytes = firstBytes + Math.floor((((states.at(-1)?.bytes ?? 0) - firstBytes) * percent) / 100);
        truncateSync(path, cutBytes);
        const again = await openStore(folder);
        const known = states.findLast(({ bytes }) => bytes <= cutBytes);
        expect(summary(again.model)).toEqual(known?.state);
        await again.store.setConsent(true);
        await again.store.append([draft('after')], bounds);
        await again.store.close();
        const last = await openStore(folder);
        expect([...last.model.events.values()].at(-1)?.id).toBe('after');
        await last.store.close();
      }),
      { numRuns: 30 },
    );
  });

  test('are deleted when they are history, also while one event stays', async () => {
    const { store } = await openStore(scratch.path);
    await store.append([draft('stays', 2)], bounds);
    const stuck = await store.seal(limits);
    for (let at = 0; at < 200; at++) {
      await store.append([draft(`${at}`)], bounds);
      const batch = await store.seal(limits);
      if (batch !== undefined) await store.settle(batch, []);
    }
    expect(files(scratch.path).length).toBeLessThan(4);
    await store.close();
    const again = await openStore(scratch.path);
    expect(await again.store.read(stuck?.id ?? -1)).toEqual(stuck);
    expect(again.model.size().events).toBe(1);
    await again.store.close();
  });

  test('a copy that was not finished is none', async () => {
    const { store, model } = await openStore(scratch.path, 10_000_000);
    await store.append([draft('one'), draft('two')], bounds);
    await store.close();
    const path = join(scratch.path, files(scratch.path)[0] ?? '');
    const [firstLine = ''] = readFileSync(path, 'utf8').split('\n');
    writeFileSync(join(scratch.path, '00000002.seg'), `${writeLine({ do: 'copy-begins' })}${firstLine}\n`);
    const again = await openStore(scratch.path);
    expect(summary(again.model)).toEqual(summary(model));
    expect(files(scratch.path)).toEqual(['00000001.seg']);
    await again.store.close();
  });

  test('a line that cannot be read is skipped, counted once, and costs nothing else', async () => {
    const { store } = await openStore(scratch.path, 10_000_000);
    await store.append([draft('one'), draft('two'), draft('three')], bounds);
    await store.close();
    const path = join(scratch.path, files(scratch.path)[0] ?? '');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"id":"two"', '"id":"tw0"'));
    for (const _ of [1, 2]) {
      const again = await openStore(scratch.path);
      expect([...again.model.events.values()].map(({ id }) => id)).toEqual(['one', 'three']);
      expect(again.model.losses()).toEqual([{ type: 'unknown', reason: 'damaged', count: 1 }]);
      await again.store.close();
    }
  });

  test('what was kept is on no disk any more once consent is withdrawn, also where a process died as it was', async () => {
    const content = () => files(scratch.path).map((name) => readFileSync(join(scratch.path, name), 'utf8'));
    for (const dies of [false, true]) {
      const { store } = await openStore(scratch.path, 100);
      await store.setConsent(true);
      for (const id of ['one', 'two', 'three']) await store.append([draft(id)], bounds);
      expect(content().join()).toContain('"id":"three"');
      if (!dies) {
        await store.setConsent(false);
        expect(content().join()).not.toContain('"id":');
      }
      await store.close();
      const segments = await openSegments({ folder: scratch.path, durability });
      if (dies) await segments.write([{ do: 'consent', given: false }]);
      await segments.close();
      const next = await openStore(scratch.path);
      expect(content().join()).not.toContain('"id":');
      expect((await next.store.state()).consent).toBe(false);
      await next.store.close();
    }
  });

  test('a queue that has filled its disk is emptied, and has room again, also by the next process', async () => {
    const capacityBytes = 3_000_000;
    const wide = { maxEvents: 1_000_000, maxBytes: 1_000_000_000 };
    const isFull = (store: Store, at: number) =>
      store.append([draft(`${at}`.padEnd(900, 'x'))], wide).then(
        () => false,
        () => true,
      );
    for (const _ of [1, 2]) {
      const { store } = await openStore(scratch.path, 1_000_000, onDisk(scratch.path, capacityBytes));
      let kept = 0;
      while (!(await isFull(store, kept))) kept++;
      expect(kept).toBeGreaterThan(500);
      expect(await isFull(store, kept)).toBe(true);
      await store.close();
      const next = await openStore(scratch.path, 1_000_000, onDisk(scratch.path, capacityBytes));
      expect(next.model.size().events).toBe(kept);
      for (;;) {
        const batch = await next.store.seal({ maxRequestEvents: 50, maxBodyBytes: 1_000_000 });
        if (batch === undefined) break;
        // Neither of a batch's own records may take what the other needs.
        await next.store.settle(batch, [batch.events.slice(0, 1)]);
        // While there is none for new events.
        if (next.model.size().bytes > 700_000) expect(await isFull(next.store, kept)).toBe(true);
      }
      for (const id of await next.store.batches()) {
        const batch = await next.store.read(id);
        if (batch !== undefined) await next.store.settle(batch, []);
      }
      expect(next.model.size().events).toBe(0);
      await next.store.close();
    }
  });

  test('what a machine left behind the last whole line is cut off', async () => {
    const { store } = await openStore(scratch.path, 10_000_000);
    await store.append([draft('one')], bounds);
    await store.close();
    const path = join(scratch.path, files(scratch.path)[0] ?? '');
    appendFileSync(path, `00000000 {"do":"keep"}\n${'\0'.repeat(100)}`);
    const again = await openStore(scratch.path);
    await again.store.append([draft('two')], bounds);
    await again.store.close();
    const last = await openStore(scratch.path);
    expect([...last.model.events.values()].map(({ id }) => id)).toEqual(['one', 'two']);
    expect(last.model.losses()).toEqual([]);
    await last.store.close();
  });
});

describe('lanes', () => {
  test('nobody has one twice, and one that is given back can be taken', async () => {
    const first = await takeLane(scratch.path);
    const second = await takeLane(scratch.path);
    expect([first.number, second.number]).toEqual([0, 1]);
    expect(await Array.fromAsync(takeLeftLanes(scratch.path, 0))).toEqual([]);
    first.release();
    const [left] = await Array.fromAsync(takeLeftLanes(scratch.path, 1));
    expect(left?.number).toBe(0);
    left?.release();
    second.release();
  });
});
