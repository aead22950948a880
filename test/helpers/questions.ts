import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { datasets } from '../../infra/naming.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { projectFolder } from './local-process.ts';

export interface Question {
  readonly title: string;
  readonly sql: string;
}

/** The worked questions of the page for analysts, in its order. */
export function questionsOfPage(): Question[] {
  const page = readFileSync(join(projectFolder, 'schemas', 'QUESTIONS.md'), 'utf8');
  return [...page.matchAll(/^## (.*)$(?:(?!^## )[\s\S])*?^```sql\n([\s\S]*?)^```$/gm)].map(
    ([, title = '', sql = '']) => ({ title, sql }),
  );
}

interface QuestionRow {
  readonly dataset: string;
  readonly table: string;
  readonly row: JsonObject;
}

const dayMillis = 86_400_000;
const hourMillis = 3_600_000;

/** A day well inside what the questions look at, 28 days until now; by UTC. */
export function firstDayOfQuestions(nowMillis: number): number {
  return Math.floor(nowMillis / dayMillis) * dayMillis - 20 * dayMillis;
}

/** A few events whose answers are plain; `firstDay` is the first of them, in milliseconds. One row is there twice. */
export function rowsOfQuestions(firstDay: number): QuestionRow[] {
  const plays = [
    play({ at: firstDay + 10 * hourMillis, who: 'anna', sequence: 0, artists: ['a1', 'a2'] }),
    play({ at: firstDay + 10.25 * hourMillis, who: 'anna', sequence: 1, artists: ['a1'] }),
    // Number 2 is missing, and a session has ended.
    play({ at: firstDay + 12 * hourMillis, who: 'anna', sequence: 3, artists: ['a2', 'a1'] }),
    play({ at: firstDay + dayMillis + 9 * hourMillis, who: 'anna', sequence: 4, artists: [] }),
    play({ at: firstDay + 8 * dayMillis, who: 'anna', sequence: 5, artists: ['a1'], lateMillis: 30 * hourMillis }),
    play({ at: firstDay + 23 * hourMillis, who: 'ben', artists: ['a2'], lateMillis: 2 * hourMillis }),
    // His clock was two hours behind.
    play({
      at: firstDay + dayMillis,
      who: 'ben',
      artists: [],
      lateMillis: 2 * hourMillis,
      correctedMillis: 2 * hourMillis,
    }),
  ];
  const [twice = {}] = plays;
  const pulls = [
    pull(firstDay, 1, 'opened'),
    pull(firstDay + hourMillis, 1, 'review_requested'),
    pull(firstDay + 2 * hourMillis, 1, 'closed', true),
    pull(firstDay, 2, 'opened'),
    pull(firstDay + hourMillis, 2, 'review_requested'),
    pull(firstDay + 3 * dayMillis, 2, 'closed', true),
    pull(firstDay, 3, 'opened'),
    pull(firstDay + hourMillis, 3, 'review_requested'),
    pull(firstDay + 2 * hourMillis, 3, 'closed', false),
    // Merged without a review, and asked for one of which nobody saw it opened.
    pull(firstDay, 4, 'opened'),
    pull(firstDay + hourMillis, 4, 'closed', true),
    pull(firstDay, 5, 'review_requested'),
  ];
  const dropped = envelope(firstDay + 11 * hourMillis, 'anna', 'ios');
  return [
    ...[...plays, twice].map((row) => ({ dataset: datasets.raw, table: 'playback_track_played_v1', row })),
    ...pulls.map((row) => ({ dataset: datasets.raw, table: 'github_pull_request_v1', row })),
    {
      dataset: datasets.raw,
      table: 'edi_events_dropped_v1',
      row: { ...dropped, data: { dropped: [{ type: 'playback.track-played.v1', reason: 'age', count: 1 }] } },
    },
  ];
}

interface Play {
  readonly at: number;
  readonly who: 'anna' | 'ben';
  readonly artists: readonly string[];
  readonly sequence?: number;
  readonly lateMillis?: number;
  readonly correctedMillis?: number;
}

/** Anna's installation is the one whose timeline is asked for. */
const installations = { anna: 'PSEUDONYM', ben: 'another' } as const;

function play({ at, who, artists, sequence, lateMillis = 1_000, correctedMillis }: Play): JsonObject {
  return {
    ...envelope(at, who, who === 'anna' ? 'ios' : 'web', lateMillis),
    ...(sequence === undefined ? {} : { sequence }),
    ...(correctedMillis === undefined ? {} : { corrected_time: time(at + correctedMillis) }),
    data: { track: { track_id: `t-${who}`, artist_ids: [...artists] }, ms_played: 90_000 },
  };
}

function pull(at: number, id: number, action: string, merged = false): JsonObject {
  const row = envelope(at, 'ben', 'github-relay');
  return { ...row, event_key: `pull-${id}-${action}`, data: { action, pull_request: { id, merged } } };
}

function envelope(at: number, who: keyof typeof installations, sdk: string, lateMillis = 1_000): JsonObject {
  return {
    event_key: `${who}-${at}`,
    event_time: time(at),
    received_time: time(at + lateMillis),
    row_time: time(at + lateMillis + 3_000),
    source: installations[who],
    subject: who,
    sdk,
    schema_revision: 1,
    possible_duplicate: false,
    beyond_lookback: false,
  };
}

function time(millis: number): string {
  return new Date(millis).toISOString();
}
