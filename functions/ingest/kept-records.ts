import { parseEventTypeName } from '../../shared/event/event-type-name.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import type { Settled } from '../../shared/outcome/account.ts';
import type { Rejected } from '../../shared/outcome/outcome.ts';
import type { QuarantinedEvent } from '../../shared/ports/quarantine.ts';
import { quarantinedEvent, quarantinedTexts } from '../../shared/quarantine/quarantined-event.ts';
import type { IngestConfig } from './config.ts';
import { fillSeals } from './fill-seals.ts';
import { textOf } from './read-events.ts';
import type { IngestRequest } from './stage.ts';

interface Received {
  readonly newSeal: () => string;
  readonly receivedAtMillis: number;
  readonly config: Pick<IngestConfig, 'maxOwnRecords' | 'maxSealBytes' | 'maxSealEvents'>;
}

type Refused = Settled<JsonValue, Rejected>;

/**
 * The quarantine's records of a request. Each of the first `maxOwnRecords` refused events has its own. A record costs
 * ingest more than an accepted event, and a message and a row besides, so what is refused beyond that is kept together:
 * one record for each reason and type, with its count. What is no JSON object is one record in any case.
 */
export function keptRecords(
  request: IngestRequest,
  refused: readonly Refused[],
  { newSeal, receivedAtMillis, config }: Received,
): QuarantinedEvent[] {
  const sdk = request.key.kind === 'sdk' ? request.key.sdk : undefined;
  const common = { stage: 'ingest', receivedAtMillis, sentAtMillis: request.sentAtMillis, sdk } as const;
  const together = (group: readonly Refused[], type: unknown): QuarantinedEvent[] => {
    const texts = group.map(({ at }) => textOf(request.events, at));
    return fillSeals(texts, config).flatMap(([from, to]) => {
      const first = group[from];
      if (first === undefined) return [];
      const { at, outcome } = first;
      return [quarantinedTexts({ ...common, seal: newSeal(), at, outcome, type, texts: texts.slice(from, to) })];
    });
  };
  const records: QuarantinedEvent[] = [];
  const noObjects: Refused[] = [];
  const others: Refused[] = [];
  for (const event of refused) {
    const { at, entry, outcome } = event;
    if (!isJsonObject(entry)) noObjects.push(event);
    else if (records.length >= config.maxOwnRecords) others.push(event);
    else {
      const text = textOf(request.events, at);
      records.push(quarantinedEvent({ ...common, seal: newSeal(), at, outcome, type: entry['type'], text }));
    }
  }
  for (const { type, events } of groupsOf(others, config.maxOwnRecords)) records.push(...together(events, type));
  return noObjects.length === 0 ? records : [...records, ...together(noObjects, undefined)];
}

interface RefusedGroup {
  /** Of all of them; undefined where they have none or several. */
  readonly type: string | undefined;
  readonly events: Refused[];
}

/** By reason and type; of more than `maxGroups` of them, those that come later by reason alone. */
function groupsOf(refused: readonly Refused[], maxGroups: number): Iterable<RefusedGroup> {
  const groups = new Map<string, RefusedGroup>();
  for (const event of refused) {
    const { entry, outcome } = event;
    const type = isJsonObject(entry) ? typeNameOf(entry) : undefined;
    const own = `${outcome.reason} ${type ?? ''}`;
    const isOwn = type === undefined || groups.has(own) || groups.size < maxGroups;
    const key = isOwn ? own : `${outcome.reason} `;
    let group = groups.get(key);
    if (group === undefined) {
      group = { type: isOwn ? type : undefined, events: [] };
      groups.set(key, group);
    }
    group.events.push(event);
  }
  return groups.values();
}

function typeNameOf({ type }: JsonObject): string | undefined {
  return typeof type === 'string' && parseEventTypeName(type) !== undefined ? type : undefined;
}
