import type { KeyObject } from 'node:crypto';
import { topics } from '../../infra/naming.ts';
import { openEvents } from '../../shared/batch/batch-events.ts';
import { decodeMarks } from '../../shared/batch/marks.ts';
import { openBatch } from '../../shared/batch/sealed-batch.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { uuidV7Millis } from '../../shared/event/uuid.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Message } from '../../shared/ports/publisher.ts';
import { quarantinedText } from '../helpers/quarantine-records.ts';

/** When a seal first forwarded a version. */
interface Forwarding {
  readonly seal: string;
  readonly sealMillis: number;
  readonly atMillis: number;
}

/** What passed, told by the token in each payload: nothing here asks a stage. */
export interface Trace {
  /** Sees what each function publishes; the room tells ingest from the replay. */
  published(room: string, topic: string, messages: readonly Message[]): void;
  stored(topic: string, message: Message): void;
  /** Versions that ingest has sealed, whether or not its client was told. */
  readonly accepted: ReadonlySet<string>;
  /** By version: the seals that dedup forwarded it under, those of replays left out. */
  readonly forwarded: ReadonlyMap<string, readonly Forwarding[]>;
  /** Messages stored, by topic. */
  readonly storedCounts: ReadonlyMap<string, number>;
}

export function makeTrace(clock: Clock): Trace {
  const accepted = new Set<string>();
  const replayedSeals = new Set<string>();
  const forwarded = new Map<string, Forwarding[]>();
  const storedCounts = new Map<string, number>();
  return {
    accepted,
    forwarded,
    storedCounts,
    published(room, topic, messages) {
      for (const message of messages) {
        if (topic === topics.received) {
          if (room === 'ingest') for (const token of tokensOf(message)) accepted.add(token);
          else replayedSeals.add(sealOf(message));
        }
        if (topic !== topics.deduplicated || replayedSeals.has(sealOf(message))) continue;
        const seal = sealOf(message);
        for (const token of tokensOf(message)) {
          const known = forwarded.get(token) ?? [];
          if (known.some((one) => one.seal === seal)) continue;
          forwarded.set(token, [...known, { seal, sealMillis: uuidV7Millis(seal) ?? 0, atMillis: clock.nowMillis() }]);
        }
      }
    },
    stored: (topic) => void storedCounts.set(topic, (storedCounts.get(topic) ?? 0) + 1),
  };
}

function sealOf({ attributes }: Message): string {
  return attributes['seal'] ?? '';
}

/** The versions that a message holds and that go on with it: of a sealed batch, a row or a record of the quarantine. */
export function tokensIn(topic: string, message: Message, quarantineKey: KeyObject): string[] {
  const origin = topic.replace(/^dead-letter\.(?:to-table\.)?/, '');
  if (origin === topics.received || origin === 'dedup' || origin === topics.deduplicated || origin === 'pseudonymize') {
    return tokensOf(message);
  }
  const text = Buffer.from(message.data).toString('utf8');
  if (origin !== topics.quarantine) return tokensOfText(text);
  return tokensOfText(recordText(quarantineKey, JSON.parse(text)) ?? '');
}

const opened = new WeakMap<KeyObject, Map<string, string | undefined>>();

/** What a record holds; opened once, which takes longer than all else here. */
export function recordText(key: KeyObject, row: JsonObject): string | undefined {
  const known = opened.get(key) ?? new Map<string, string | undefined>();
  opened.set(key, known);
  const name = JSON.stringify(row);
  if (!known.has(name)) known.set(name, quarantinedText(key, row));
  return known.get(name);
}

function tokensOf(message: Message): string[] {
  const batch = openBatch(message);
  if (batch.kind === 'unreadable') return [];
  const events = openEvents(batch);
  if (events.kind === 'unreadable') return [];
  const marks = decodeMarks(message.attributes['marks'], events.events.length);
  return events.events.flatMap((_, at) => (marks?.[at]?.forward === false ? [] : tokensOfText(events.textOf(at))));
}

export function tokensOfText(text: string): string[] {
  return [...text.matchAll(/\\?"token\\?":\\?"(t\d+c?)\\?"/g)].map(([, token = '']) => token);
}
