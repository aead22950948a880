import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkMappings } from '../../../../infra/cli/legacy/run-check.ts';
import { runCli } from '../../../../infra/cli/program.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../shared/event/json.ts';
import { makeCollectingIo } from '../collecting-io.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edi-legacy-'));
  await cp('schemas', join(folder, 'schemas'), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

const schemas = () => join(folder, 'schemas');
const mappingFile = (name: string) => join(schemas(), 'legacy', `${name}.json`);

async function edi(...args: readonly string[]) {
  const io = makeCollectingIo();
  const code = await runCli(['legacy', ...args, '--schemas', schemas()], io);
  return { code, out: io.outText(), err: io.errText() };
}

/** Rules that the check finds in the worked example, changed. */
async function rulesOf(change: (mapping: JsonObject) => JsonObject, name = 'music-tv'): Promise<readonly string[]> {
  const text = await readFile(mappingFile('music-tv'), 'utf8');
  const mapping: JsonValue = JSON.parse(text);
  if (!isJsonObject(mapping)) throw new Error('a mapping is an object');
  await writeFile(mappingFile(name), JSON.stringify(change(mapping)));
  try {
    const { findings } = await checkMappings(schemas(), [mappingFile(name)]);
    return [...new Set(findings.map(({ rule }) => rule))].sort();
  } finally {
    if (name === 'music-tv') await writeFile(mappingFile(name), text);
    else await rm(mappingFile(name));
  }
}

const eventOf = (mapping: JsonObject): JsonObject => {
  const events = mapping['events'];
  const event = Array.isArray(events) ? events.at(-1) : undefined;
  if (!isJsonObject(event)) throw new Error('the worked example has an event');
  return event;
};

describe('edi legacy check', () => {
  test('finds nothing in the mappings of the project', async () => {
    expect(await edi('check')).toMatchObject({ code: 0, out: expect.stringMatching(/^ok: [1-9]/) });
  });

  test.each<[string, (mapping: JsonObject) => JsonObject, readonly string[]]>([
    [
      'a type that is not there',
      (m) => ({ ...m, events: [{ ...eventOf(m), type: 'playback.gone.v1' }] }),
      ['example-unfit', 'type-unknown'],
    ],
    ['a key that nobody heeds', (m) => ({ ...m, colums: {} }), ['meta-schema']],
    [
      'a column that is not there',
      (m) => ({ ...m, events: [{ ...eventOf(m), subject: 'nobody' }] }),
      ['legacy-mapping'],
    ],
    [
      'another outcome than the examples say',
      (m) => ({ ...m, events: [{ ...eventOf(m), when: { kind: 'ad' } }] }),
      ['example-unfit'],
    ],
    ['data that the schema refuses', (m) => ({ ...m, events: [{ ...eventOf(m), data: {} }] }), ['example-unfit']],
    [
      'ids of the new path',
      (m) => ({ ...m, events: [{ ...eventOf(m), id: 'track_id' }] }),
      ['example-unfit', 'identity-namespace'],
    ],
  ])('refuses %s', async (_, change, rules) => {
    expect(await rulesOf(change)).toEqual(rules);
  });

  test('refuses a mapping without binding and examples', async () => {
    expect(await rulesOf((mapping) => mapping, 'other-tv')).toEqual(['example-missing', 'sdk-unknown', 'type-sdk']);
  });

  test('warns of a type in alpha, and refuses a retired one', async () => {
    const file = join(schemas(), 'playback/track-played.v1.json');
    const text = await readFile(file, 'utf8');
    try {
      for (const [stage, severity] of [
        ['alpha', 'warning'],
        ['retired', 'error'],
      ] as const) {
        await writeFile(
          file,
          text.replace('"stage": "ga"', `"stage": "${stage}"`).replace('"retentionDays": 730', '"retentionDays": 400'),
        );
        const { findings } = await checkMappings(schemas(), [mappingFile('music-tv')]);
        expect(findings).toMatchObject([{ rule: 'type-stage', severity }]);
      }
    } finally {
      await writeFile(file, text);
    }
  });
});

describe('edi legacy preview', () => {
  test('shows records beside their events, and what did not map and why', async () => {
    const file = join(folder, 'records.tsv.gz');
    const damaged = await readFile(join(schemas(), 'legacy/music-tv.damaged.tsv'));
    const evening = await readFile(join(schemas(), 'legacy/music-tv.evening.tsv'));
    await writeFile(file, gzipSync(Buffer.concat([evening, damaged])));
    const { code, out } = await edi('preview', 'music-tv', file);
    expect(code).toBe(0);
    expect(out).toMatch(/1 play +\| specversion = "1.0"/);
    expect(out).toContain('| data.ms_played = 201000');
    expect(out).toMatch(/line 6, byte \d+, \d+ bytes: bad: legacy-time, ended_at/);
    expect(out).toContain('10 records: 4 mapped, 6 bad');
  });

  test('says that a file is broken, after what could be read', async () => {
    const file = join(folder, 'broken.tsv.gz');
    await writeFile(file, gzipSync(await readFile(join(schemas(), 'legacy/music-tv.evening.tsv'))).subarray(0, -20));
    expect(await edi('preview', 'music-tv', file)).toMatchObject({
      code: 1,
      err: expect.stringContaining('ends early or is damaged'),
    });
  });

  test('says that there is no such mapping or file', async () => {
    expect(await edi('preview', 'nope', 'x')).toMatchObject({ code: 1, err: expect.stringContaining('nope.json') });
    expect(await edi('preview', 'music-tv', 'x')).toMatchObject({
      code: 1,
      err: expect.stringContaining('x cannot be read: ENOENT'),
    });
  });
});

describe('edi legacy export', () => {
  test('takes a mapping by its name and by its file, before it looks for a deployment', async () => {
    const file = join(schemas(), 'legacy/music-tv.evening.tsv');
    for (const mapping of ['music-tv', mappingFile('music-tv')]) {
      expect(await edi('export', mapping, file, '--url', 'http://127.0.0.1:9')).toMatchObject({
        code: 1,
        err: expect.stringContaining('http://127.0.0.1:9'),
      });
    }
  });
});

describe('edi legacy new', () => {
  async function inferred(
    name: string,
    text: string,
    ...flags: readonly string[]
  ): Promise<{ out: string; mapping: JsonObject }> {
    const file = join(folder, `${name}.tsv`);
    await writeFile(file, text);
    const { code, out } = await edi('new', name, '--from', file, ...flags);
    expect(code).toBe(0);
    const mapping: JsonValue = JSON.parse(await readFile(mappingFile(name), 'utf8'));
    await rm(mappingFile(name));
    if (!isJsonObject(mapping)) throw new Error('a mapping is an object');
    return { out, mapping };
  }

  test('infers columns of a header, tokens and properties of the type', async () => {
    const rows = [
      'playedAt\tdeviceId\ttrackId\tms_played\tvolume\tnote',
      '2026-11-20 18:00:00\td1\tt1\t5\t0.5\ta\\tb',
      '2026-11-20 18:00:01\td1\tt2\t\\N\t1\t\\N',
    ];
    const { out, mapping } = await inferred(
      'radio',
      rows.join('\n'),
      '--type',
      'playback.track-played.v1',
      '--owner',
      'team-playback',
    );
    expect(mapping).toMatchObject({
      owner: 'team-playback',
      format: { columns: 'header', null: ['\\N', ''], escapes: ['backslash'] },
      columns: {
        playedAt: { type: 'time', format: 'sql', zone: 'UTC' },
        ms_played: { type: 'integer' },
        volume: { type: 'number' },
      },
      events: [
        {
          type: 'playback.track-played.v1',
          source: 'deviceId',
          time: 'playedAt',
          data: { track: { track_id: 'trackId' }, ms_played: 'ms_played' },
        },
      ],
    });
    for (const note of ['UTC is a guess', 'no property takes note', '/reason_start is required'])
      expect(out).toContain(note);
  });

  test('infers a file that describes itself, and one without a header', async () => {
    const zeek = await inferred('zeek', '#separator \\x09\n#fields\tts\tuid\n#types\ttime\tstring\n1.5\tC1\n');
    expect(zeek.mapping).toMatchObject({ format: { columns: 'directives' }, events: [{ source: 'uid', time: 'ts' }] });
    const bare = await inferred('bare', '196\t242\t1700000000\n186\t302\t1700000001\n');
    expect(bare.mapping).toMatchObject({
      format: { columns: ['column_1', 'column_2', 'column_3'] },
      columns: { column_3: { type: 'time', format: 'unix-s' } },
    });
    expect(bare.out).toContain('the file has no header');
  });

  test('overwrites nothing', async () => {
    const file = join(schemas(), 'legacy/music-tv.evening.tsv');
    expect(await edi('new', 'music-tv', '--from', file)).toMatchObject({
      code: 1,
      err: expect.stringContaining('exists; edit it'),
    });
  });
});
