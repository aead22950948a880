import type { JsonObject } from '../../../shared/event/json.ts';
import type { RejectReason } from '../../../shared/outcome/outcome.ts';
import { type DemoEvent, type DemoRun, eventId } from './run.ts';

/** An event that ingest has to refuse, and what the quarantine shows of it. */
export interface BrokenEvent {
  readonly what: string;
  readonly event: JsonObject;
  readonly reason: RejectReason;
  /** How its row is known, for the quarantine shows no id: a type of this run's own, or the path of the fault. */
  readonly mark: { readonly type: string; readonly path?: string };
}

/** The array of the wrong-typed event is this long at most; which of its elements is wrong tells the run. */
const maxElements = 10_000;

/** One event for each way in which a single event is refused. `push` is a valid event that the wrong type is put into. */
export function makeBrokenEvents(run: DemoRun, push: DemoEvent, maxEventBytes: number): BrokenEvent[] {
  const base = { specversion: '1.0', source: 'urn:edi:demo:broken', time: new Date(run.startMillis).toISOString() };
  const ownType = (what: string) => `demo.${what}-${run.tag}.v1`;
  const id = (number: number) => eventId(run, 0xbad000 + number);
  return [
    wrongType(run, push, id(0)),
    {
      what: 'an event type without a schema',
      event: { ...base, id: id(1), type: ownType('unknown'), data: {} },
      reason: 'unknown-type',
      mark: { type: ownType('unknown') },
    },
    {
      what: 'no id',
      event: { ...base, type: ownType('no-id'), data: {} },
      reason: 'envelope',
      mark: { type: ownType('no-id') },
    },
    {
      what: `more than ${maxEventBytes} bytes`,
      event: { ...base, id: id(3), type: ownType('large'), data: { padding: 'x'.repeat(maxEventBytes) } },
      reason: 'size',
      mark: { type: ownType('large') },
    },
  ];
}

function wrongType(run: DemoRun, push: DemoEvent, id: string): BrokenEvent {
  const at = Number.parseInt(run.tag, 16) % maxElements;
  const commit = { id: '0'.repeat(40), added: [...Array.from({ length: at }, () => ''), 7] };
  return {
    what: 'a number where the schema has a string',
    event: { ...push, id, data: { ...push.data, head_commit: commit } },
    reason: 'schema',
    mark: { type: push.type, path: `/data/head_commit/added/${at}` },
  };
}

/** A body that is no JSON at all; ingest refuses the request with this status. */
export const brokenBody = { text: '[{"specversion":"1.0"', status: 400 } as const;
