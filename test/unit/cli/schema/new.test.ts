import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isJsonObject } from '../../../../shared/event/json.ts';
import { edi, goodFolder, type TestFolder } from './schema-folder.ts';

const answers = [
  '--owner',
  'team-shop',
  '--subject',
  'customer',
  '--sdks',
  'web, phone',
  '--description',
  'Somebody came.',
];

async function rulesLeft(folder: TestFolder, type: string): Promise<string[]> {
  const file = `${folder.path}/${type.replace('.', '/')}.json`;
  const { out } = await folder.edi('check', '--json', file);
  return JSON.parse(out).findings.map(({ rule }: { rule: string }) => rule);
}

function example(folder: TestFolder, name: string, content: string): string {
  const path = join(folder.path, '..', name);
  writeFileSync(path, content);
  return path;
}

describe('a new type', () => {
  test('says first what to do, in order, and then what is left, each fix once', async () => {
    const folder = await goodFolder();
    const from = example(folder, 'events.json', JSON.stringify([{ email: 'a@example.com', order: 1, lines: 2 }]));
    const { out } = await folder.edi('new', 'shop.visit', ...answers, '--from', from);
    const order = [
      'wrote ',
      'Next:',
      '  1. edit ',
      '4 decisions are left',
      '  2. npm run -s edi -- schema check ',
      'Left for you',
    ];
    const places = order.map((text) => out.indexOf(text));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(out.match(/add a "description"/g)).toHaveLength(1);
    expect(out).toMatch(
      /description-missing: .*\n {2}line \d+ +\/properties\/email\n {2}line \d+ +\/properties\/order\n/,
    );
    expect(out.split('\n').length).toBeLessThan(25);
  });

  test('is in the stage that is asked for, and its owner is somebody who can be reached', async () => {
    const folder = await goodFolder();
    expect((await folder.edi('new', 'shop.visit', ...answers, '--stage', 'alpha')).exitCode).toBe(0);
    expect(folder.read('shop/visit.v1.json')).toMatchObject({ edi: { stage: 'alpha' } });
    const nobody = await folder.edi('new', 'shop.other', ...answers, '--owner', 'some body');
    expect([nobody.exitCode, nobody.err]).toEqual([1, expect.stringContaining('--owner: a team or channel')]);
  });

  test('has schema and examples that pass the check', async () => {
    const folder = await goodFolder();
    const { exitCode, out } = await folder.edi('new', 'shop.visit', ...answers, '--retention-days', '30');
    expect(exitCode).toBe(0);
    expect(out).not.toContain('Left for you');
    expect(folder.read('shop/visit.v1.json')).toMatchObject({
      title: 'Visit',
      edi: {
        type: 'shop.visit.v1',
        owner: 'team-shop',
        sdks: ['web', 'phone'],
        retentionDays: 30,
        subjectRealm: 'customer',
      },
    });
    expect(await rulesLeft(folder, 'shop.visit.v1')).toEqual([]);
  });

  test('asks on a terminal, again after an answer that is none', async () => {
    const folder = await goodFolder();
    const typed = '\nteam-shop\nSomebody came.\nSource!\ncustomer\ntv\nweb\n';
    const { exitCode, out } = await edi(['new', 'shop.visit', '--schemas', folder.path], {
      stdin: typed,
      terminal: true,
    });
    expect(exitCode).toBe(0);
    expect(out).toContain('Which SDKs may send it (of web, phone, relay)?');
    expect(folder.read('shop/visit.v1.json')).toMatchObject({ edi: { owner: 'team-shop', sdks: ['web'] } });
  });

  test('asks for nothing that a flag says, and writes nothing when the answers end', async () => {
    const folder = await goodFolder();
    const args = ['new', 'shop.visit', '--schemas', folder.path, '--owner', 'team-shop'];
    const { exitCode, err, out } = await edi(args, { stdin: 'Somebody came.\n', terminal: true });
    expect(exitCode).toBe(1);
    expect(err).toContain('nothing was written');
    expect(out).not.toContain('Which team');
    expect(() => folder.read('shop/visit.v1.json')).toThrow();
  });

  test.each<[string, string[], RegExp]>([
    ['a name that is none', ['Shop.Visit', ...answers], /no <domain>\.<event> in kebab-case/],
    ['a name with a version', ['shop.visit.v1', ...answers], /no <domain>\.<event>/],
    ['the reserved domain', ['meta.visit', ...answers], /no <domain>\.<event>/],
    ['missing answers without a terminal', ['shop.visit', '--owner', 'x'], /say --description, --subject, --sdks/],
    ['an SDK that is none', ['shop.visit', ...answers, '--sdks', 'tv'], /--sdks: .*not "tv"/],
    ['a realm that is none', ['shop.visit', ...answers, '--subject', 'source'], /--subject/],
    ['a type that exists', ['shop.order', ...answers], /shop\.order\.v1 exists: .*--major/],
    ['the next version of nothing', ['shop.visit', '--major'], /no shop\.visit yet/],
    ['examples that are not there', ['shop.visit', ...answers, '--from', '/nowhere'], /cannot be read: ENOENT/],
    ['a folder of examples', ['shop.visit', ...answers, '--from', '/'], /^edi: \/ cannot be read: EISDIR\n$/],
  ])('%s is refused', async (_what, args, message) => {
    const folder = await goodFolder();
    const { exitCode, err } = await folder.edi('new', ...args);
    expect([exitCode, err]).toEqual([1, expect.stringMatching(message)]);
    expect(() => folder.read('shop/visit.v1.json')).toThrow();
  });

  test('overwrites nothing', async () => {
    const folder = await goodFolder();
    folder.write({ 'shop/visit.v1.whole.pass.json': { mine: true } });
    const { exitCode, err } = await folder.edi('new', 'shop.visit', ...answers);
    expect([exitCode, err]).toEqual([
      1,
      expect.stringMatching(/visit\.v1\.whole\.pass\.json exists and is not overwritten/),
    ]);
    expect(folder.read('shop/visit.v1.whole.pass.json')).toEqual({ mine: true });
    expect(() => folder.read('shop/visit.v1.json')).toThrow();
  });
});

describe('the next major version', () => {
  test('begins as a copy of the last one, examples included', async () => {
    const folder = await goodFolder();
    const { exitCode } = await folder.edi('new', 'shop.order', '--major', '--owner', 'team-b');
    expect(exitCode).toBe(0);
    const [before, after] = [folder.read('shop/order.v1.json'), folder.read('shop/order.v2.json')];
    expect(after['properties']).toEqual(before['properties']);
    expect(after['edi']).toMatchObject({ type: 'shop.order.v2', owner: 'team-b', stage: 'beta' });
    expect(folder.read('shop/order.v2.small.pass.json')).toEqual({ total: 1 });
    expect(await rulesLeft(folder, 'shop.order.v2')).toEqual([]);
  });
});

describe('from example events', () => {
  const data = [{ order_id: 1, login: 'ann' }, { order_id: 2 }];
  const event = (type: string, value: object) => ({
    specversion: '1.0',
    id: '1',
    source: 's',
    type,
    time: '2024-01-01T00:00:00Z',
    data: value,
  });

  test.each<[string, string]>([
    ['an array of data', JSON.stringify(data)],
    ['JSON lines', data.map((value) => JSON.stringify(value)).join('\n')],
    ['JSON lines of an editor on Windows', `\ufeff${data.map((value) => JSON.stringify(value)).join('\r\n')}\r\n`],
    ['CloudEvents', JSON.stringify(data.map((value) => event('shop.visit.v1', value)))],
    [
      'CloudEvents of several types',
      JSON.stringify([...data.map((value) => event('shop.visit.v3', value)), event('shop.other.v1', { x: 1 })]),
    ],
  ])('%s: the check refuses until everything is decided', async (_what, content) => {
    const folder = await goodFolder();
    const from = example(folder, 'events.json', content);
    const { exitCode, out } = await folder.edi('new', 'shop.visit', ...answers, '--from', from);
    expect(exitCode).toBe(0);
    expect(out).toContain('Left for you to decide');
    expect(await rulesLeft(folder, 'shop.visit.v1')).toEqual([
      'description-missing',
      'description-missing',
      'treatment-undecided',
    ]);
    const document = folder.read('shop/visit.v1.json');
    const properties = isJsonObject(document['properties']) ? document['properties'] : {};
    expect(document['required']).toEqual(['order_id']);
    folder.write({
      'shop/visit.v1.json': {
        ...document,
        properties: {
          order_id: { ...Object(properties['order_id']), description: 'Number of the order' },
          login: {
            ...Object(properties['login']),
            description: 'Pseudonym of the login',
            treatment: { do: 'pseudonymize' },
          },
        },
      },
    });
    expect(await rulesLeft(folder, 'shop.visit.v1')).toEqual([]);
  });

  test.each<[string, string, RegExp]>([
    ['are no JSON', '{"a": 1}\n{', /line 2 is not JSON/],
    ['are empty', ' \n', /is empty/],
    ['are no objects', '[{}, 3]', /event 1 is no object/],
    ['could not be sent', `[${'['.repeat(50)}${']'.repeat(50)}]`, /event 0 could not be sent/],
    [
      'are of other types',
      JSON.stringify([event('a.b.v1', {}), event('a.c.v1', {})]),
      /has events of a\.b\.v1, a\.c\.v1, and none of shop\.visit/,
    ],
  ])('that %s are refused', async (_what, content, message) => {
    const folder = await goodFolder();
    const { exitCode, err } = await folder.edi(
      'new',
      'shop.visit',
      ...answers,
      '--from',
      example(folder, 'e.json', content),
    );
    expect([exitCode, err]).toEqual([1, expect.stringMatching(message)]);
  });
});
