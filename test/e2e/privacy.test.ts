import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FunctionName } from '../../functions/index.ts';
import { addEraseCommand } from '../../infra/cli/erase.ts';
import { addSubjectCommand } from '../../infra/cli/subject.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch, trackPlayedData, trackPlayedTable } from '../helpers/local-events.ts';
import { parseJson } from '../helpers/local-http.ts';
import { exportWarehouse, query, waitUntilIdle } from '../helpers/local-operator.ts';
import {
  collectPersonal,
  findInRows,
  findInText,
  type Leak,
  type PersonalValues,
  textsOf,
} from '../helpers/local-walker.ts';
import { webhookExamples } from '../helpers/local-webhooks.ts';
import { makeCollectingIo } from '../unit/cli/collecting-io.ts';

/** Personal values that are words of the product, too, and why. */
const allowed: Readonly<Record<string, string>> = {
  github: 'committer of what is merged on github.com; part of the SDK github-relay and of every type github.…',
};

const types: Readonly<Record<string, string>> = {
  push: 'github.push.v1',
  pull_request: 'github.pull-request.v1',
  issues: 'github.issues.v1',
  issue_comment: 'github.issue-comment.v1',
  star: 'github.star.v1',
  fork: 'github.fork.v1',
  release: 'github.release.v1',
  workflow_run: 'github.workflow-run.v1',
};

/** Clear values of a playback event, one in each property that has a treatment, and in the envelope. */
const clear = {
  source: 'ford-prefects-phone',
  subject: 'customer-ford-prefect',
  contextId: 'playlist-of-ford',
  deviceId: 'device-betelgeuse-7',
  ipv4: '203.0.113.77',
  ipv6: '2001:db8:1234:5678::9abc',
  latitude: 53.551086,
  longitude: 9.993682,
  userName: 'Ford-Prefect',
  createdAt: '2021-06-15T07:45:31Z',
  companionId: 'customer-arthur-dent',
  displayName: 'Arthur Philip Dent',
  searchText: 'songs about towels',
} as const;

const personal: PersonalValues = new Map();
let deployment: LocalProcess;
let exported: Map<string, JsonObject[]>;
let log: string;
let rejected = 0;

const examples = webhookExamples();
const searched = () => [...personal.keys()].filter((value) => !(value in allowed));

/** As a relay that was not careful would send it: everything in the envelope that can hold a login does. */
function webhookEvent({ name, payload }: (typeof examples)[number]): JsonObject {
  const [login = 'nobody'] = collectLogins(payload);
  const type = types[name] ?? `github.${name.replaceAll('_', '-')}.v1`;
  return makeEvent({ type, source: `https://github.com/${login}`, subject: login, data: payload });
}

function collectLogins(payload: JsonObject): string[] {
  const values: PersonalValues = new Map();
  collectPersonal(payload, values);
  return [...values].filter(([, kinds]) => kinds.has('login')).map(([value]) => value);
}

/** Events that are rejected, or whose id is not shown, with logins wherever a careless product would repeat them. */
function carelessEvents(): JsonObject[] {
  const withSchema = examples.filter(({ name }) => name in types);
  return withSchema.slice(0, 30).flatMap((example) => {
    const event = webhookEvent(example);
    const [login = 'nobody'] = collectLogins(example.payload);
    return [
      { ...event, id: `${event['id']}-${login}` },
      { ...event, data: { ...example.payload, repository: login, sender: { login } } },
      { ...event, time: login },
      { ...event, type: login },
      makeEvent({ data: { ...trackPlayedData(), [login]: login } }),
      makeEvent({ data: { ...trackPlayedData(), tags: { [login]: 5 } } }),
    ];
  });
}

function playbackEvent(): JsonObject & { readonly id: string } {
  return makeEvent({
    source: clear.source,
    subject: clear.subject,
    data: {
      ...trackPlayedData(),
      context: { kind: 'playlist', context_id: clear.contextId },
      client: { os: 'iOS', app_version: '9.1.0', device_id: clear.deviceId },
      connection: { kind: 'wifi', ipv4: clear.ipv4, ipv6: clear.ipv6 },
      position: { latitude: clear.latitude, longitude: clear.longitude },
      account: { user_name: clear.userName, plan: 'free', created_at: clear.createdAt },
      companions: [{ customer_id: clear.companionId, display_name: clear.displayName, ms_heard: 1 }],
      search_text: clear.searchText,
    },
  });
}

async function sendAll(events: readonly JsonObject[]): Promise<void> {
  for (let at = 0; at < events.length; at += 20) {
    const answer = parseJson(await sendBatch(deployment.url, { events: events.slice(at, at + 20) }));
    expect(answer).toMatchObject({ accepted: expect.any(Number), rejected: expect.any(Array) });
  }
}

const played = playbackEvent();

beforeAll(async () => {
  for (const { payload } of examples) collectPersonal(payload, personal);
  deployment = await startLocal({ flags: [] });
  await sendAll([...examples.map(webhookEvent), ...carelessEvents(), played]);
  rejected = (await waitUntilIdle(deployment))['rejected'] ?? 0;
  exported = await exportWarehouse(deployment);
  log = readFileSync(join(deployment.dataFolder, 'edi.log'), 'utf8') + deployment.output();
});
afterAll(async () => {
  await deployment.stop();
});

function findEverywhere(values: readonly string[]): Leak[] {
  const inTables = [...exported].flatMap(([table, rows]) => findInRows(table, rows, values));
  const metadata = (exported.get('operations.quarantine') ?? []).map(({ payload: _, ...shown }) => shown);
  const inMetadata = findInText(JSON.stringify(metadata), values).map((value) => ({ value, where: 'quarantine' }));
  const inLog = log.split('\n').flatMap((line) => findInText(line, values).map((value) => ({ value, where: line })));
  return [...inTables, ...inMetadata, ...inLog];
}

describe('the walker', () => {
  it('finds people of all kinds in the payloads', () => {
    const kinds = [...personal.values()].flatMap((found) => [...found]);
    expect(new Set(kinds)).toEqual(new Set(['login', 'email', 'name', 'avatar_url']));
    expect([...personal.keys()]).toEqual(
      expect.arrayContaining(['codertocat', 'octocat', 'mona lisa', 'octocat@github.com']),
    );
  });

  it('canary: would find every one of the values in a table or a log that repeated the payloads', () => {
    const values = [...personal.keys()];
    const rows = examples.map(({ payload }) => payload);
    expect(new Set(findInRows('raw', rows, values).map(({ value }) => value))).toEqual(new Set(values));
    expect(new Set(findInText(rows.map((row) => JSON.stringify(row)).join('\n'), values))).toEqual(new Set(values));
  });

  it('canary: looks into what is encoded', () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0x00]), Buffer.from('a row that holds Codertocat somewhere')]);
    const rows = [{ a: bytes.toString('base64') }, { b: ['octocat1'] }, { c: { 'Mona Lisa': 1 } }];
    const found = findInRows('t', rows, ['codertocat', 'octocat', 'mona lisa']);
    expect(found.map(({ where }) => where)).toEqual(['t.a', 't.b', 't.c']);
  });
});

describe('after the whole pipeline', () => {
  it('every payload that has a schema is a row, every other event is in quarantine', async () => {
    const rowsOf = (type: string) => exported.get(`events.${type.replace(/[.-]/g, '_')}`)?.length ?? 0;
    for (const [name, type] of Object.entries(types)) {
      const sent = examples.filter((example) => example.name === name).length;
      expect(sent, type).toBeGreaterThan(0);
      expect(rowsOf(type), type).toBeGreaterThanOrEqual(sent);
    }
    expect(rejected).toBeGreaterThan(100);
    expect(exported.get('operations.quarantine')).toHaveLength(rejected);
    expect(log).toContain('events rejected');
  });

  it('no person of the payloads is in any table, log line or metadata of the quarantine', () => {
    expect(findEverywhere(searched())).toEqual([]);
  });

  it('what the allow-list lets pass is there: an entry that is not needed has to go', () => {
    const found = new Set(findEverywhere(Object.keys(allowed)).map(({ value }) => value));
    expect(found).toEqual(new Set(Object.keys(allowed)));
  });
});

describe('a played track with a value in every property that has a treatment', () => {
  it('is a row, with what is truncated in its coarse form', async () => {
    const [row] = await query(
      deployment,
      `SELECT data.connection.ipv4, data.connection.ipv6, data.position.latitude, data.position.longitude,
              strftime(data.account.created_at, '%Y-%m-%dT%H:%M:%S') AS created_at, data.account.plan
       FROM events.${trackPlayedTable} WHERE event_id = '${played.id}'`,
    );
    expect(row).toEqual({
      ipv4: '203.0.113.0',
      ipv6: '2001:db8:1234::',
      latitude: 53.6,
      longitude: 10,
      created_at: '2021-06-15T00:00:00',
      plan: 'free',
    });
  });

  it('shows none of its clear values anywhere', () => {
    const values = [...textsOf({ ...clear })].filter((text) => !(text in clear)).map((text) => text.toLowerCase());
    expect(values).toHaveLength(Object.keys(clear).length);
    expect(findEverywhere(values)).toEqual([]);
    expect(findInText(JSON.stringify(played), values)).toEqual(values);
  });
});

describe('what is stored of a person', () => {
  const person = ['--realm', 'customer', '--subject', clear.subject];
  const companion = ['--realm', 'customer', '--subject', clear.companionId];

  async function edi(...args: readonly string[]) {
    const io = makeCollectingIo();
    const open = (name: FunctionName) => async () => ({
      name: 'the deployment',
      url: `${deployment.operatorUrl}/functions/${name}`,
      authorization: async () => `Bearer ${deployment.token}`,
    });
    const program = new Command().exitOverride();
    addSubjectCommand(program, io, { exit: () => undefined, open: open('export-subject') });
    addEraseCommand(program, io, {
      exit: () => undefined,
      open: open('erase-subject'),
      openPseudonyms: open('export-subject'),
    });
    await program.parseAsync(args, { from: 'user' });
    return { out: io.outText(), err: io.errText() };
  }

  async function exportOf(whom: readonly string[]) {
    const { out, err } = await edi('subject', 'export', ...whom, '--reason', 'ticket 17');
    const lines = out.trim().split('\n');
    return {
      text: out,
      err,
      rows: lines.slice(0, -1).map((line) => JSON.parse(line)),
      ...JSON.parse(lines.at(-1) ?? ''),
    };
  }

  it('is told in the clear, with what is theirs in the events of others, and every time is in the ledger', async () => {
    const { rows, totals } = await exportOf(person);
    expect(totals).toMatchObject({ own: 1, mentioned: 0, leftOut: 2 });
    expect(rows).toMatchObject([{ as: 'own', type: 'playback.track-played.v1', table: trackPlayedTable }]);
    expect(rows[0].event).toMatchObject({
      event_id: played.id,
      subject: clear.subject,
      data: {
        client: { device_id: clear.deviceId },
        connection: { ipv4: '203.0.113.0' },
        account: { user_name: clear.userName },
        companions: [{ ms_heard: 1 }],
      },
    });
    const mentioned = await exportOf(companion);
    expect(mentioned.rows).toMatchObject([
      {
        as: 'mentioned',
        values: { '/companions/0/customer_id': clear.companionId, '/companions/0/display_name': clear.displayName },
      },
    ]);
    await waitUntilIdle(deployment);
    const ledger = await query(deployment, 'SELECT * FROM operations.decryptions');
    expect(ledger).toHaveLength(2);
    expect(ledger).toMatchObject([1, 2].map(() => ({ call: 'export', generation: 0, reason: 'ticket 17' })));
    for (const { caller } of ledger) expect(caller).toMatch(/^\S+@localhost$/);
    expect(findInRows('operations.decryptions', ledger, [clear.subject, clear.companionId])).toEqual([]);
  });

  it('is nothing that can be read once the person is erased; others are untouched', async () => {
    await edi('erase', ...person);
    const { rows, totals, err, text } = await exportOf(person);
    expect([rows, totals]).toMatchObject([[], { own: 0, mentioned: 0 }]);
    expect(err).toMatch(/^edi: erased on \d{4}-\S+: nothing of before can be read\nedi: nothing was stored since\n$/);
    expect(text).not.toContain('ford');
    expect((await exportOf(companion)).rows).toHaveLength(1);
    expect(JSON.parse((await edi('subject', 'pseudonyms', ...person, '--reason', 'ticket 17', '--json')).out)).toEqual({
      key: 'none',
      pseudonyms: [],
    });
  });
});
