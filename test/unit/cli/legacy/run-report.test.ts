import { expect, test } from 'vitest';
import { noCounts } from '../../../../functions/export-legacy/export-state.ts';
import { type ReportFlags, type ReportSources, runReport } from '../../../../infra/cli/legacy/run-report.ts';
import type { JsonObject } from '../../../../shared/event/json.ts';
import { Unavailable } from '../../../../shared/ports/unavailable.ts';
import { exportState } from '../../../helpers/export-world.ts';
import { makeCollectingIo } from '../collecting-io.ts';

const played = 'playback.track-played.v1';
const counts = {
  ...noCounts,
  ...{ records: 12, mapped: 10, skipped: 1, accepted: 9, bad: 1 },
  reasons: { 'legacy-value': 1, schema: 1 },
  acceptedByWeek: { [`${played} 2026-11-23`]: 9 },
};
const states = [exportState({ object: 'files/music-tv/a.tsv', state: 'done', counts })];
const rows = [
  { type: played, week: '2026-11-16', legacy_sdk: '', events: 4000, replayed_events: 0 },
  { type: played, week: '2026-11-16', legacy_sdk: 'legacy-music-tv', events: 1, replayed_events: 0 },
  { type: played, week: '2026-11-23', legacy_sdk: '', events: 8, replayed_events: 0 },
  { type: played, week: '2026-11-23', legacy_sdk: 'legacy-music-tv', events: 8, replayed_events: 0 },
];

async function report(name: string | undefined, flags: Partial<ReportFlags>, sources: Partial<ReportSources> = {}) {
  const io = makeCollectingIo();
  const asked: string[] = [];
  await runReport(name, { url: '', env: 'prod', schemas: 'schemas', weeks: 3, json: false, ...flags }, io, {
    nowMillis: () => Date.UTC(2026, 10, 29),
    openStates: async () => states,
    openReader: async (projectId) => ({
      backlogs: async () => [],
      async query(sql): Promise<JsonObject[]> {
        asked.push(`${projectId}: ${sql}`);
        return rows;
      },
    }),
    ...sources,
  });
  return { text: io.outText(), asked };
}

test('tells of an environment what became of files, and draws the share of each week', async () => {
  const { text, asked } = await report(undefined, {});
  expect(asked).toHaveLength(1);
  expect(asked[0]).toContain('`edi-prod-example.events.playback_track_played_v1`');
  expect(asked[0]).toContain("'2026-11-09T00:00:00Z'");
  const [head = '', , line = ''] = text.split('\n');
  expect([head, line].map((one) => one.split('|').map((cell) => cell.trim()))).toEqual([
    ['mapping', 'files', 'records', 'mapped', 'left out', 'accepted', 'refused', 'removed'],
    ['music-tv', '1', '12', '10', '1', '9', '2', '1'],
  ]);
  expect(text).toContain('music-tv: 1 refused as legacy-value\nmusic-tv: 1 refused as schema\n');
  expect(text).toContain(
    [
      `${played}: share that comes the legacy way`,
      `  2026-11-09  ${' '.repeat(42)}  no events`,
      `  2026-11-16  [=${' '.repeat(39)}]   <0.1%  1 of 4001`,
      `  2026-11-23  [${'='.repeat(20)}${' '.repeat(20)}]   50.0%  8 of 16`,
    ].join('\n'),
  );
});

test('--json has the same', async () => {
  const { text } = await report('music-tv', { json: true, weeks: 1 });
  expect(JSON.parse(text)).toEqual({
    mappings: [
      {
        ...{ mapping: 'music-tv', files: 1, running: 0, refusedFiles: 0, paused: 0 },
        ...{ records: 12, mapped: 10, skipped: 1, accepted: 9, reasons: counts.reasons, removed: 1 },
      },
    ],
    weeks: [{ type: played, week: '2026-11-23', events: 16, legacyEvents: 8 }],
  });
});

test('who may not read events gets the files, and the SQL for who may', async () => {
  const openReader = async () => ({
    backlogs: async () => [],
    query: async () => Promise.reject(new Unavailable('quarantine-table', 'BigQuery: access denied')),
  });
  const { text } = await report(undefined, {}, { openReader });
  expect(text).toContain('music-tv');
  expect(text).toMatch(/The tables were not read \(.*access denied\)/);
  expect(text).toContain('SELECT type, CAST(week AS STRING) AS week');
  expect(text.split('\n')[2]).toMatch(/\| -$/);
});

test('a mapping that nothing is known of is refused', async () => {
  await expect(report('radio', {}, { openStates: async () => [] })).rejects.toThrow(
    'nothing is known of a mapping radio',
  );
});
