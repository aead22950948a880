import type { Action, Answer, Behaviour } from './server.ts';

/** How a client wants its answers: an account of each event, or any 200. */
export type AnswerKind = 'account' | 'any';

export interface Scenario {
  readonly name: string;
  /** What the server does. */
  readonly what: string;
  readonly behave: (world: ScenarioWorld) => Behaviour;
  /** Events that no answer takes; a client has to say so of each. */
  readonly refused?: readonly string[];
  /** Only where answers are accounts. */
  readonly needsAccount?: true;
  /** The client is killed, and started again. `outage`: nobody listens until it is; `stored`: its first request is stored. */
  readonly kill?: 'outage' | 'stored';
}

interface ScenarioWorld {
  /** Longer than the client waits for an answer. */
  readonly slowMillis: number;
}

const poison = 'e-3';
type Events = Parameters<Behaviour['act']>[0];
const namesOf = (events: Events) => new Set(events.map(({ event }) => event));

/** What a receiver does whose day is good. */
function well(events: Events): Action {
  const body = JSON.stringify({ accepted: events.length, duplicates: 0, rejected: [] });
  return { kind: 'answer', status: 200, body, stores: namesOf(events), decides: namesOf(events) };
}

function status(code: number, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = JSON.stringify({ type: 'about:blank', title: 'as told', status: code, detail: 'as told' });
  return { kind: 'answer', status: code, body, headers: { 'content-type': 'application/problem+json', ...headers } };
}

/** A list of events that were not accepted, of a request. */
function account(events: Events, isRejected: (event: string) => boolean, transient: boolean): Action {
  const rejected = events.flatMap(({ event }, index) =>
    isRejected(event) ? [{ index, id: null, transient, reason: 'schema', errors: [] }] : [],
  );
  const taken = events.filter(({ event }) => !isRejected(event));
  const body = JSON.stringify({ accepted: taken.length, duplicates: 0, rejected });
  const decides = namesOf(transient ? taken : events);
  return { kind: 'answer', status: 200, body, stores: namesOf(taken), decides };
}

/** The first requests are answered so, the others as they should be. */
function first(requests: number, act: (events: Events, number: number) => Action): Scenario['behave'] {
  return () => ({ act: (events, { number }) => (number <= requests ? act(events, number) : well(events)) });
}

const garbage = [
  '<!doctype html><title>Log in to the network</title>',
  '{"accepted": 1, "dupl',
  '{"accepted":-1,"duplicates":0,"rejected":[]}',
];

export const scenarios: readonly Scenario[] = [
  { name: 'healthy', what: 'all is well', behave: first(0, well) },
  {
    name: 'dropped',
    what: 'three connections are closed, nothing is stored',
    behave: first(3, () => ({ kind: 'silence' })),
  },
  {
    name: 'unanswered',
    what: 'three requests are stored, and their connections closed without an answer',
    behave: first(3, (events) => ({ kind: 'silence', stores: namesOf(events) })),
  },
  {
    name: 'reset',
    what: 'three connections are reset while the body is read',
    behave: () => ({ act: well, resets: 3 }),
  },
  { name: '500', what: '500, four times', behave: first(4, () => status(500)) },
  { name: '503', what: '503 with Retry-After: 1, twice', behave: first(2, () => status(503, { 'retry-after': '1' })) },
  { name: '429', what: '429 with Retry-After: 1, twice', behave: first(2, () => status(429, { 'retry-after': '1' })) },
  {
    name: '413',
    what: '413 to more than three events',
    behave: () => ({ act: (events) => (events.length > 3 ? status(413) : well(events)) }),
  },
  {
    name: '401',
    what: '401 for a second',
    behave: () => ({ act: (events, { sinceMillis }) => (sinceMillis < 1_000 ? status(401) : well(events)) }),
  },
  {
    name: 'poison',
    what: '400 to whatever holds one of the events',
    refused: [poison],
    behave: () => ({ act: (events) => (namesOf(events).has(poison) ? refusal(events) : well(events)) }),
  },
  {
    name: 'transient',
    what: '200, but a third of the events could not be judged, twice',
    needsAccount: true,
    behave: first(2, (events) => account(events, (event) => Number(event.slice(2)) % 3 === 0, true)),
  },
  {
    name: 'rejected',
    what: '200, but one event is refused for good',
    needsAccount: true,
    refused: [poison],
    behave: () => ({ act: (events) => account(events, (event) => event === poison, false) }),
  },
  {
    name: 'slow',
    what: 'two requests are stored, and answered after the client has given up waiting',
    behave: (world) => first(2, (events) => late(events, world.slowMillis))(world),
  },
  {
    name: 'garbage',
    what: '200, but the text is none of the receiver, three times; nothing is stored',
    behave: first(3, (_, number) => ({
      kind: 'answer',
      status: 200,
      body: garbage[(number - 1) % garbage.length] ?? '',
      headers: { 'content-type': 'text/html' },
    })),
  },
  {
    name: 'redirect',
    what: '302 to a page that answers 200, twice; nothing is stored',
    behave: first(2, () => status(302, { location: '/portal' })),
  },
  {
    name: 'truncated',
    what: 'three requests are stored, and their answers end in the middle',
    behave: first(3, (events) => cut(events)),
  },
  {
    name: 'outage',
    what: 'nobody listens; the client is killed; then somebody does, and it starts again',
    kill: 'outage',
    behave: first(0, well),
  },
  {
    name: 'killed',
    what: 'the client is killed while its first request, which is stored, has no answer; then it starts again',
    kill: 'stored',
    behave: first(1, (events) => ({ kind: 'silence', stores: namesOf(events), keepsOpen: true })),
  },
];

function refusal(events: Events): Action {
  // A request with others in it may be halved: only of the event alone is it said for good.
  return events.length === 1 ? { ...status(400), decides: namesOf(events) } : status(400);
}

/** What is stored is not known to the client, so the answer decides nothing. */
function late(events: Events, delayMillis: number): Action {
  const body = JSON.stringify({ accepted: events.length, duplicates: 0, rejected: [] });
  return { kind: 'answer', status: 200, body, stores: namesOf(events), delayMillis };
}

function cut(events: Events): Action {
  const body = JSON.stringify({ accepted: events.length, duplicates: 0, rejected: [] });
  return { kind: 'answer', status: 200, body, stores: namesOf(events), isCut: true };
}
