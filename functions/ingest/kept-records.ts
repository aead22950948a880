import { parseEventTypeName } from '../../shared/event/event-type-name.ts';
import { isJsonObject, type JsonValue } from '../../shared/event/json.ts';
import type { KnownKey } from '../../shared/event-types/check-event.ts';
import type { Settled } from '../../shared/outcome/account.ts';
import type { Rejected } from '../../shared/outcome/outcome.ts';
import type { QuarantinedEvent } from '../../shared/ports/quarantine.ts';
import { claimedIdentity, quarantinedEvent, quarantinedTogether } from '../../shared/quarantine/quarantined-event.ts';
import type { IngestConfig } from './config.ts';
import { fillSeals } from './fill-seals.ts';
import { type RequestEvents, textOf } from './read-events.ts';
import { provenInAll, type RequestProof } from './request-proof.ts';

/** What is known of all events of a request. */
interface KeptRequest {
  readonly events: RequestEvents;
  readonly key: KnownKey;
  readonly sentAtMillis?: number;
}

interface Received {
  readonly proof: RequestProof;
  readonly newSeal: () => string;
  readonly receivedAtMillis: number;
  readonly config: Pick<IngestConfig, 'maxOwnRecords' | 'maxSealBytes' | 'maxSealEvents'>;
}

type Refused = Settled<JsonValue, Rejected>;

/**
 * The quarantine's records of a request: one for each refused event, up to `maxOwnRecords`. A record costs ingest more
 * than an accepted event, and a message and a row besides, so more of them are kept together: one record for each reason
 * and type, with its count. What is no JSON object is kept together in any case.
 */
export function keptRecords(
  request: KeptRequest,
  refused: readonly Refused[],
  { newSeal, receivedAtMillis, config, proof }: Received,
): QuarantinedEvent[] {
  const sdk = request.key.kind === 'sdk' ? request.key.sdk : undefined;
  const common = { stage: 'ingest', receivedAtMillis, sentAtMillis: request.sentAtMillis, sdk } as const;
  const together = ({ type, events }: RefusedGroup): QuarantinedEvent[] =>
    payloadsOf(request, events, config).map(({ first: { at, outcome }, kept, payload }) => {
      const identities = kept.map(({ entry }) => (isJsonObject(entry) ? claimedIdentity(entry) : undefined));
      const values = kept.map(({ entry }) => entry);
      const named = { type, identities, values, provenSubjects: provenInAll(proof, identities) };
      return quarantinedTogether({ ...common, ...named, seal: newSeal(), at, outcome, payload });
    });
  const objects = refused.filter(({ entry }) => isJsonObject(entry));
  const others = refused.filter(({ entry }) => !isJsonObject(entry));
  const keptTogether = others.length === 0 ? [] : together({ type: undefined, events: others });
  if (objects.length > config.maxOwnRecords) return [...[...groupsOf(objects)].flatMap(together), ...keptTogether];
  const own = objects.map(({ at, entry: value, outcome }) => {
    const event = isJsonObject(value) ? value : {};
    const identity = claimedIdentity(event);
    const named = { type: event['type'], identity, provenSubjects: provenInAll(proof, [identity]) };
    const text = textOf(request.events, at);
    return quarantinedEvent({ ...common, ...named, seal: newSeal(), at, outcome, text, value });
  });
  return [...own, ...keptTogether];
}

interface Together {
  readonly first: Refused;
  readonly kept: readonly Refused[];
  readonly payload: Uint8Array;
}

/** What of events is kept in one record: as much as a replay seals again in one batch. */
function payloadsOf(request: KeptRequest, events: readonly Refused[], config: Received['config']): Together[] {
  const { arrayBytes, events: all } = request.events;
  const [first] = events;
  // All of a request: the client's own bytes are kept as they are.
  const own = first !== undefined && events.length === all.length && all.length > 1 ? arrayBytes : undefined;
  if (
    first !== undefined &&
    own !== undefined &&
    own.length <= config.maxSealBytes &&
    all.length <= config.maxSealEvents
  ) {
    return [{ first, kept: events, payload: own }];
  }
  const texts = events.map(({ at }) => textOf(request.events, at));
  return fillSeals(texts, config).flatMap(([from, to]) => {
    const start = events[from];
    if (start === undefined) return [];
    const [text = '', ...others] = texts.slice(from, to);
    const payload = Buffer.from(others.length === 0 ? text : `[${text},${others.join(',')}]`);
    return [{ first: start, kept: events.slice(from, to), payload }];
  });
}

interface RefusedGroup {
  /** Of all of them; undefined where they have none or several. */
  readonly type: string | undefined;
  readonly events: readonly Refused[];
}

/** Groups of their own; a request that names more types than that gets no more records for it. */
const maxTypeGroups = 8;

/** By reason and type; where there are many types, those that come later by reason alone. */
function groupsOf(refused: readonly Refused[]): Iterable<RefusedGroup> {
  const groups: { readonly type: string | undefined; readonly events: Refused[] }[] = [];
  const byReason = new Map<string, Map<unknown, Refused[]>>();
  for (const event of refused) {
    const { entry, outcome } = event;
    const type = isJsonObject(entry) ? entry['type'] : undefined;
    const ofReason = byReason.get(outcome.reason) ?? new Map<unknown, Refused[]>();
    if (ofReason.size === 0) byReason.set(outcome.reason, ofReason);
    const known = ofReason.get(type);
    if (known !== undefined) {
      known.push(event);
      continue;
    }
    const name = groups.length < maxTypeGroups ? typeName(type) : undefined;
    const open = ofReason.get(name);
    if (open !== undefined) {
      open.push(event);
      continue;
    }
    const events = [event];
    ofReason.set(name, events);
    groups.push({ type: name, events });
  }
  return groups;
}

function typeName(type: unknown): string | undefined {
  return typeof type === 'string' && parseEventTypeName(type) !== undefined ? type : undefined;
}
