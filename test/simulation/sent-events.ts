import { day, hour, type Plan, type PlannedClient, type PlannedEvent, types } from './plan.ts';

/** One version of an event: what a client has sent, byte for byte. A correction is another version of the same event. */
export interface SentVersion {
  /** In the payload; no two versions share one. */
  readonly token: string;
  readonly text: string;
  readonly type: string;
  readonly colour?: string;
  readonly amount: number;
  /** What a refusal of it must be, where it must not be accepted. */
  readonly fits: boolean;
  /** Requests that it was in, by the server's clock. */
  readonly requests: { readonly fromMillis: number; untilMillis: number; readonly sentAtMillis?: number }[];
  /** What its client was told last that counts. */
  promise: 'none' | 'accepted' | 'quarantined';
}

/** An event that a client has: its identity never changes. */
export interface SentEvent {
  readonly planned: PlannedEvent;
  readonly sdk: PlannedClient['sdk'];
  readonly namespace: string;
  readonly source: string;
  readonly id: string;
  readonly timeMicros: number;
  readonly person: string;
  /** Not so far back that no table takes it; what is ahead of the server's clock fits in the end. */
  readonly timeFits: boolean;
  /** The last one is what the client has now. */
  readonly versions: SentVersion[];
}

const namespaces = { web: 'people', phone: 'people', relay: 'relays' } as const;

/** The events of a plan, none of which share an identity within their namespace. */
export function makeSentEvents(plan: Plan, startMillis: number): SentEvent[] {
  const taken = new Set<string>();
  return plan.events.map((planned, at) => {
    const client = plan.clients[planned.client];
    if (client === undefined) throw new Error(`the plan has no client ${planned.client}`);
    const { sdk, source, clockOffsetMillis } = client;
    const happensMillis = startMillis + planned.happensMillis;
    let timeMillis = happensMillis + clockOffsetMillis;
    // Near each other, and now and then to the millisecond: ids and times alone must tell events apart.
    timeMillis -= timeMillis % (planned.happensMillis % 3 === 0 ? hour : 1);
    const namespace = namespaces[sdk];
    while (taken.has(`${namespace} ${source} ${planned.id} ${timeMillis}`)) timeMillis += 1;
    taken.add(`${namespace} ${source} ${planned.id} ${timeMillis}`);
    const event: SentEvent = {
      planned,
      sdk,
      namespace,
      source,
      id: planned.id,
      timeMicros: timeMillis * 1_000,
      person: planned.person,
      timeFits: clockOffsetMillis > -300 * day,
      versions: [],
    };
    event.versions.push(makeVersion(event, `t${at}`, planned.flaw));
    return event;
  });
}

/** The event with what was refused put right. */
export function correct(event: SentEvent): void {
  const first = event.versions[0];
  if (first !== undefined) event.versions.push(makeVersion(event, `${first.token}c`, 'none'));
}

function makeVersion(event: SentEvent, token: string, flaw: PlannedEvent['flaw']): SentVersion {
  const amount = token.length * 1_000 + Number(token.replace(/\D/g, ''));
  const colour = flaw === 'colour' ? `colour of ${token}` : undefined;
  const type = types[event.planned.type];
  const data = {
    token,
    amount: flaw === 'number' ? 'no number' : amount,
    email: `${event.person}@example.com`,
    ...(colour === undefined ? {} : { colour }),
  };
  const time = new Date(event.timeMicros / 1_000).toISOString();
  const { id, source } = event;
  const text = JSON.stringify({ specversion: '1.0', id, source, subject: event.person, type, time, data });
  const fits = flaw !== 'number' && (flaw !== 'colour' || event.planned.type === 'order') && event.timeFits;
  return {
    token,
    text,
    type,
    amount,
    fits,
    requests: [],
    promise: 'none',
    ...(colour === undefined ? {} : { colour }),
  };
}
