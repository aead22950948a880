import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultDedupConfig } from '../../functions/dedup/config.ts';
import { claimDocumentKey } from '../../functions/dedup/fingerprint.ts';
import { dedupPorts } from '../../functions/dedup/function.ts';
import { needs as dedupNeeds } from '../../functions/dedup/needs.ts';
import { makeDedupStage } from '../../functions/dedup/stage.ts';
import { defaultPseudonymizeConfig } from '../../functions/pseudonymize/config.ts';
import { pseudonymizePorts } from '../../functions/pseudonymize/function.ts';
import { needs as pseudonymizeNeeds } from '../../functions/pseudonymize/needs.ts';
import { makePseudonymizeStage } from '../../functions/pseudonymize/stage.ts';
import { openBusFile } from '../../shared/adapters/embedded/bus-file.ts';
import { claimDocumentsIn } from '../../shared/adapters/embedded/claim-documents.ts';
import { pickPorts } from '../../shared/needs/held-ports.ts';
import { makeCountingObserver } from '../../shared/observe/json-observer.ts';
import type { ClaimDocuments } from '../../shared/ports/claim-documents.ts';
import type { DeliveredMessage, Message, Publisher } from '../../shared/ports/publisher.ts';
import { delivered, sealAt, sealedMessage, startMillis, testNamespace } from '../helpers/batches.ts';
import { makeScratchFolder } from '../helpers/local-process.ts';
import { memoryPortsWith } from '../helpers/memory-ports.ts';
import { day, schemaDocument } from '../helpers/schemas.ts';
import { spreadOf, spreadText, takeTurns, type Way } from './turns.ts';

/*
 * What an event costs dedup and pseudonymize, processor time, as what they work on grows: npm run bench -- speed growth
 *   [--rounds 7] [--only index,types,batch,size] [--json FILE]
 *
 * Of each kind the first is what the others are held against, in the same round. The index is the embedded one, in a file,
 * empty and with what 2,000 installations claimed in 28 days; all else is over memory ports. Ingest's growth with batches
 * and sizes is in `speed ingest`.
 *
 * What is measured is an instance that has been at work: before each measured run stands one as long, as the collection before
 * that takes optimized code with it. The keys of installations are cached, a claim document has no more than a day of its
 * installation in it, and no value repeats. The publisher answers with one promise that is there already: what publishing
 * costs elsewhere is not in it, so what is paid for a topic is the stage's own. Types come in turn, so that a type is met
 * again after all the others, which is the worst for the processor's caches.
 */

interface Cell {
  readonly name: string;
  readonly types: number;
  readonly batch: number;
  /** Of a run: 40 batches at least, which are 400 where the events are small. */
  readonly events: number;
  /** Of a text in each event's data. */
  readonly dataBytes: number;
  /** Of claims that the embedded index holds before; without it claims are in memory. */
  readonly indexDays?: number;
}

const usual = { types: 10, batch: 50, events: 20_000, dataBytes: 200 };
const kinds: Readonly<Record<string, readonly Cell[]>> = {
  index: [0, 28].map((indexDays) => ({ ...usual, name: `${indexDays} days of claims`, indexDays })),
  types: [10, 100, 1_000].map((types) => ({ ...usual, name: `${types} types`, types })),
  batch: [
    { ...usual, name: '50 events a batch' },
    { ...usual, name: '500 events a batch', batch: 500 },
    { ...usual, name: '10 events a batch', batch: 10, events: 10_000 },
    { ...usual, name: '1 event a batch', batch: 1, events: 2_000 },
  ],
  size: [
    { ...usual, name: '200 bytes of text' },
    { ...usual, name: '1000 bytes of text', dataBytes: 1_000 },
    { ...usual, name: '4000 bytes of text', dataBytes: 4_000, events: 5_000 },
    { ...usual, name: '16000 bytes of text', dataBytes: 16_000, events: 2_000 },
  ],
};

/** Whose claims the index holds. Events are of the first of them. */
const installations = 2_000;
const activeInstallations = 400;
const eventsOfDay = 40_000;
const claimsOfDay = 50;
const fingerprintBytes = 8;
/** Of one write. */
const documentsOfWrite = 100;

/** The answer of the publisher, which is to cost next to nothing itself. */
const stored = Promise.resolve();

interface OpenCell {
  readonly cell: Cell;
  readonly way: Way;
  close(): void;
}

export async function runGrowth(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '7' },
      only: { type: 'string', default: Object.keys(kinds).join(',') },
      json: { type: 'string' },
    },
  });
  const rounds = Number(values.rounds);
  const machine = `${cpus()[0]?.model ?? ''} x ${cpus().length}, Node ${process.version}`;
  console.log(`${machine}; dedup and pseudonymize, ${rounds} rounds`);
  const results: object[] = [];
  for (const kind of values.only.split(',')) {
    const cells: OpenCell[] = [];
    for (const cell of kinds[kind] ?? []) cells.push(await openCell(cell));
    const seconds = await takeTurns(
      cells.map(({ way }) => way),
      rounds,
    );
    const microsOf = ({ name, events }: Cell) => (seconds.get(name) ?? []).map((one) => (one / events) * 1_000_000);
    const first = cells[0] === undefined ? [] : microsOf(cells[0].cell);
    for (const { cell } of cells) {
      const { name } = cell;
      const of = microsOf(cell);
      const micros = spreadOf(of);
      const ratio = spreadOf(of.map((one, at) => one / (first[at] ?? Number.NaN)));
      results.push({ kind, name, micros, ratio });
      console.log(
        `${kind.padEnd(6)} ${name.padEnd(22)} ${spreadText(micros, 1).padEnd(24)} us an event, ratio ${spreadText(ratio, 2)}`,
      );
    }
    for (const cell of cells) cell.close();
  }
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ machine, results }, undefined, 2));
}

async function openCell(cell: Cell): Promise<OpenCell> {
  const properties = { text: { type: 'string' }, person: { type: 'string', treatment: { do: 'pseudonymize' } } };
  const schemas = Array.from({ length: cell.types }, (_, at) => schemaDocument({ type: typeOf(at), properties }));
  const held = await memoryPortsWith(schemas);
  const observer = makeCountingObserver();
  const forwarded: Message[] = [];
  const publisher: Publisher = {
    publish(topic, messages) {
      if (topic === 'deduplicated') forwarded.push(...messages);
      return stored;
    },
  };
  const index = cell.indexDays === undefined ? undefined : openIndex();
  const databases = index === undefined ? held.databases : { ...held.databases, claims: index.claims };
  const opened = { ...held, databases, publisher };
  const ofDedup = await dedupPorts(pickPorts(dedupNeeds, opened, observer));
  const dedup = makeDedupStage(ofDedup, defaultDedupConfig);
  const config = defaultPseudonymizeConfig;
  const pseudonymize = makePseudonymizeStage(
    await pseudonymizePorts(pickPorts(pseudonymizeNeeds, opened, observer), config),
  );
  if (index !== undefined) await fillIndex(index.claims, ofDedup.claimsKey, cell.indexDays ?? 0);
  let prepared: DeliveredMessage[][] = [];
  let runs = 0;
  const prepare = () => {
    prepared = [messagesOf(cell, runs++), messagesOf(cell, runs++)];
  };
  const run = async () => {
    const before = observer.counts.get('delivered') ?? 0;
    for (const message of prepared.shift() ?? []) await dedup(message);
    for (const message of forwarded.splice(0)) await pseudonymize(delivered(message));
    const rows = (observer.counts.get('delivered') ?? 0) - before;
    if (rows !== cell.events) throw new Error(`${cell.events} events became ${rows} rows`);
  };
  return { cell, way: { name: cell.name, prepare, run }, close: () => index?.close() };
}

const typeOf = (at: number) => `shop.order${at}.v1`;
const sourceOf = (at: number) => `installation-${at}`;

/** The messages of a run, none of which has an event of another. */
function messagesOf({ types, batch, events, dataBytes }: Cell, run: number): DeliveredMessage[] {
  const batches = events / batch;
  return Array.from({ length: batches }, (_, place) => {
    const [number, first] = [run * batches + place, (run * batches + place) * batch];
    const source = sourceOf(number % activeInstallations);
    const dayMillis = startMillis + Math.floor(first / eventsOfDay) * day;
    const segment = Array.from({ length: batch }, (_, at) => {
      const event = first + at;
      const id = `0198c3a0-0000-7000-8000-${String(event).padStart(12, '0')}`;
      const text = `${event} `.padEnd(dataBytes, 'what somebody wrote, of no great interest; ');
      const data = { text, person: `person ${event}` };
      return { id, source, timeMillis: dayMillis + at, type: typeOf(event % types), data };
    });
    return delivered(sealedMessage({ seal: sealAt(startMillis, number), segments: [segment] }));
  });
}

function openIndex() {
  const scratch = makeScratchFolder();
  const file = openBusFile({ path: join(scratch.path, 'bus.sqlite'), durability: 'process-death' });
  return {
    claims: claimDocumentsIn(file),
    close() {
      file.close();
      scratch.remove();
    },
  };
}

/** What each installation claimed on each day before: one document, one batch. */
async function fillIndex(
  claims: ClaimDocuments,
  claimsKey: Parameters<typeof claimDocumentKey>[0],
  days: number,
): Promise<void> {
  const namespace = { name: testNamespace, bucketWidthMillis: day };
  for (let back = 1; back <= days; back++) {
    for (let from = 0; from < installations; from += documentsOfWrite) {
      const writes = Array.from({ length: documentsOfWrite }, (_, at) => {
        const timeMicros = (startMillis - back * day) * 1_000;
        const owner = sealAt(startMillis - back * day, from + at);
        const prints = crypto.getRandomValues(new Uint8Array(claimsOfDay * fingerprintBytes));
        return {
          key: claimDocumentKey(claimsKey, namespace, { source: sourceOf(from + at), timeMicros }),
          document: { claims: new Map([[owner, prints]]), expireAtMillis: startMillis + 28 * day },
          expected: 'absent' as const,
        };
      });
      await claims.write(writes);
    }
  }
}
