import type { LegacyReportData, WeekShare } from '../../legacy-report/report.ts';
import { tableText } from '../output-text.ts';

const barWidth = 40;

/** What was not answered, and why. */
export interface UnreadTables {
  readonly sql: string;
  readonly problem: string;
}

/** The report for a terminal: a line a mapping, and a bar a week and type. */
export function legacyReportText({ mappings, weeks }: LegacyReportData, unread: UnreadTables | undefined): string {
  const parts = [mappings.length === 0 ? 'no file was exported yet\n' : filesText(mappings, weeks?.length)];
  if (weeks !== undefined) {
    const byType = Map.groupBy(weeks, ({ type }) => type);
    for (const [type, shares] of byType) parts.push(`${type}: share that comes the legacy way\n${plot(shares)}\n`);
    if (byType.size === 0) parts.push('no event type lists a legacy binding among its sdks\n');
  }
  if (unread !== undefined) {
    const { sql, problem } = unread;
    parts.push(
      `The tables were not read (${problem}): it takes the rights of analysts. This is what was asked:\n\n${sql}\n`,
    );
  }
  return parts.join('\n');
}

function filesText(mappings: LegacyReportData['mappings'], weeks: number | undefined): string {
  const names = ['mapping', 'files', 'records', 'mapped', 'left out', 'accepted', 'refused', 'removed'];
  const rows = mappings.map(({ mapping, files, records, mapped, skipped, accepted, reasons, removed }) => ({
    ...{ mapping, files, records, mapped, accepted },
    'left out': skipped,
    refused: Object.values(reasons).reduce((all, count) => all + count, 0),
    ...(removed === undefined ? {} : { removed }),
  }));
  const notes = mappings.flatMap(({ mapping, reasons, running, refusedFiles, paused }) => [
    ...Object.entries(reasons)
      .sort(([, one], [, other]) => other - one)
      .map(([reason, count]) => `${mapping}: ${count} refused as ${reason}`),
    ...(running > 0 ? [`${mapping}: ${running} files are being exported`] : []),
    ...(refusedFiles > 0 ? [`${mapping}: ${refusedFiles} files could not be read to their end`] : []),
    ...(paused > 0 ? [`${mapping}: ${paused} files wait for another mapping: too many of their records are bad`] : []),
  ]);
  if (weeks !== undefined && weeks > 0) {
    notes.push(
      'removed: duplicates among accepted events of the weeks below; what is on its way counts among them until it has its row',
    );
  }
  return `${tableText(rows, names)}${notes.map((note) => `${note}\n`).join('')}`;
}

/** A week without events has no share. */
function plot(shares: readonly WeekShare[]): string {
  const lines = shares.map(({ week, events, legacyEvents }) => {
    if (events === 0) return `  ${week}  ${' '.repeat(barWidth + 2)}  no events`;
    const share = legacyEvents / events;
    // What is there is seen, however little it is; and a full bar is all of it.
    const width = share === 1 ? barWidth : Math.min(barWidth - 1, Math.ceil(share * barWidth));
    const bar = `[${'='.repeat(width)}${' '.repeat(barWidth - width)}]`;
    return `  ${week}  ${bar}  ${percentText(share)}  ${legacyEvents} of ${events}`;
  });
  return lines.join('\n');
}

function percentText(share: number): string {
  const percent = share * 100;
  return percent > 0 && percent < 0.1 ? ' <0.1%' : `${percent.toFixed(1)}%`.padStart(6);
}
