import { alphaSink } from '../../shared/event-types/alpha.ts';
import { kinds } from '../../shared/needs/kinds.ts';
import type { ObjectStore } from '../../shared/ports/object-store.ts';
import type { ScrubPropertyConfig } from './config.ts';
import type { ScrubbedTable } from './statements.ts';

const dayMillis = 86_400_000;

export interface ArchivePorts {
  readonly files: Pick<ObjectStore, 'list' | 'remove'>;
  readonly config: ScrubPropertyConfig;
}

/** Files of one topic whose messages were published between two moments. */
export interface ArchivedSpan {
  readonly topic: string;
  readonly fromMillis: number;
  readonly toMillis: number;
}

export interface FoundFiles {
  readonly names: readonly string[];
  /** There are more than one call looks at. */
  readonly more: boolean;
}

/** The topic whose folder has the rows of a table. */
export function archivedTopic({ table, type }: Pick<ScrubbedTable, 'table' | 'type'>): string {
  return `${kinds.topicFamilies.event.prefix}${table === alphaSink ? alphaSink : type}`;
}

/**
 * The files that may hold what was published then: the time in a name, `<topic>/2026-11-28/09_30_00…`, is that of the file
 * (`infra/constructs/archive-subscription.ts`). Only the folders of those days are looked into. Rejects with `Unavailable`.
 */
export async function findFiles(span: ArchivedSpan, { files, config }: ArchivePorts): Promise<FoundFiles> {
  const slackMillis = config.archiveSlackMinutes * 60_000;
  const [firstMillis, lastMillis] = [span.fromMillis - slackMillis, span.toMillis + slackMillis];
  const names: string[] = [];
  const firstDay = Math.floor(firstMillis / dayMillis) * dayMillis;
  for (let day = firstDay; day <= lastMillis; day += dayMillis) {
    const folder = `${span.topic}/${new Date(day).toISOString().slice(0, 10)}/`;
    for await (const name of files.list(folder)) {
      const madeAtMillis = day + timeOfDay(name.slice(folder.length));
      if (madeAtMillis < firstMillis || madeAtMillis > lastMillis) continue;
      if (names.length === config.maxFiles) return { names, more: true };
      names.push(name);
    }
  }
  return { names, more: false };
}

/** Midnight for a name that tells none: it goes with its day. */
function timeOfDay(name: string): number {
  const [, hours = '0', minutes = '0', seconds = '0'] = /^(\d{2})_(\d{2})_(\d{2})/.exec(name) ?? [];
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
}

/** Deletes them; one that is gone is no failure. Rejects with `Unavailable`, and may be asked for again. */
export async function removeFiles(names: readonly string[], { files, config }: ArchivePorts): Promise<void> {
  for (let at = 0; at < names.length; at += config.maxFileRequests) {
    await Promise.all(names.slice(at, at + config.maxFileRequests).map((name) => files.remove(name)));
  }
}
