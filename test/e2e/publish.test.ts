import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTokenBackend, type TokenBackend } from '../../infra/cli/demo/token-backend.ts';
import { localDevKey } from '../../infra/local/local-write-keys.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch } from '../helpers/local-events.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';
import { makeScratchFolder, projectFolder, spawnChild, waitFor } from '../helpers/local-process.ts';

let deployment: LocalProcess;
const scratch = makeScratchFolder();
const folder = join(scratch.path, 'schemas');
const file = join(folder, 'shop/cart-updated.v1.json');
const type = 'shop.cart-updated.v1';

beforeAll(async () => {
  cpSync(join(projectFolder, 'schemas'), folder, { recursive: true });
  deployment = await startLocal();
});
afterAll(async () => {
  await deployment.stop();
  scratch.remove();
});

async function edi(...args: readonly string[]) {
  const cli = join(projectFolder, 'infra/cli/main.ts');
  const child = spawnChild({ command: process.execPath, args: [cli, ...args], env: deployment.env });
  const { code } = await child.exited;
  return { code, out: child.stdout(), err: child.stderr() };
}

const schema = (command: string, ...args: readonly string[]) =>
  edi('schema', command, ...args, ...(command === 'status' ? [] : ['--schemas', folder]));
const publish = (...args: readonly string[]) => schema('publish', file, '--url', deployment.url, ...args);

function edit(change: (document: JsonObject, properties: JsonObject) => void): void {
  const document: JsonValue = JSON.parse(readFileSync(file, 'utf8'));
  if (!isJsonObject(document) || !isJsonObject(document['properties'])) throw new Error('no schema');
  change(document, document['properties']);
  writeFileSync(file, JSON.stringify(document, null, 2));
}

/** One event, or as many as there are subjects, with a token of whom the request speaks for. */
async function sendAs(subjects: readonly string[], token?: string): Promise<JsonObject> {
  const events = subjects.map((subject) => makeEvent({ type, subject, data: { items: 9 } }));
  const headers = token === undefined ? {} : { 'x-edi-subject-token': token };
  const { text } = await sendBatch(deployment.url, { events, key: `${localDevKey}:web`, headers });
  const answer: JsonValue = JSON.parse(text);
  return isJsonObject(answer) ? answer : {};
}

async function sendOne(data: JsonObject, id = crypto.randomUUID(), eventType = type) {
  const event = { specversion: '1.0', id, source: 'e2e', type: eventType, time: new Date().toISOString(), data };
  const response = await fetch(`${deployment.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json', authorization: `Bearer ${localDevKey}` },
    body: JSON.stringify(event),
  });
  const answer: JsonValue = JSON.parse(await response.text());
  const version = Number(response.headers.get('edi-registry-version'));
  return { answer: isJsonObject(answer) ? answer : {}, version };
}

describe('a new event type, without a restart', () => {
  it('is made, edited, checked and published', async () => {
    const made = await schema(
      'new',
      'shop.cart-updated',
      ...['--owner', 'team-shop', '--description', 'A cart changed.'],
      ...['--subject', 'shopper', '--sdks', 'web'],
    );
    expect(made).toMatchObject({ code: 0, err: '' });
    edit((_, properties) => {
      properties['items'] = { type: 'integer', minimum: 0, description: 'How many things the cart holds.' };
    });
    expect(await schema('check', file)).toMatchObject({ code: 0, err: '' });
    expect((await sendOne({ items: 1 })).answer).toMatchObject({ accepted: 0, rejected: [{ reason: 'unknown-type' }] });
    const published = await publish();
    expect(published).toMatchObject({ code: 0, err: '' });
    expect(published.out).toContain(`${type} revision 1: activated`);
  });

  it('takes an event, which is queried then', async () => {
    const { answer, version } = await sendOne({ items: 3 });
    expect(answer).toMatchObject({ accepted: 1, rejected: [] });
    expect(version).toBeGreaterThan(0);
    await waitUntilIdle(deployment);
    expect(await query(deployment, 'SELECT data.items FROM events.shop_cart_updated_v1')).toEqual([{ items: 3 }]);
    const asked = await edi('query', 'SELECT count(*) AS n FROM events.shop_cart_updated_v1', '--url', deployment.url);
    expect(asked).toMatchObject({ code: 0, err: '' });
  });

  it('takes a property more, and the rows of before stay', async () => {
    edit((_, properties) => {
      properties['currency'] = { type: 'string', pattern: '^[A-Z]{3}$', description: 'ISO 4217.' };
    });
    expect(await publish()).toMatchObject({ code: 0, err: '' });
    expect((await sendOne({ items: 4, currency: 'SEK' })).answer).toMatchObject({ accepted: 1 });
    await waitUntilIdle(deployment);
    const rows = await query(
      deployment,
      'SELECT data.currency, data.items FROM events.shop_cart_updated_v1 ORDER BY 2',
    );
    expect(rows).toEqual([
      { currency: null, items: 3 },
      { currency: 'SEK', items: 4 },
    ]);
  });
});

describe('an incompatible change', () => {
  const good = () => readFileSync(file, 'utf8');
  let before: string;
  beforeAll(() => {
    before = good();
    edit((document) => {
      document['required'] = ['items'];
    });
  });

  it('is refused by the check, against git', async () => {
    const base = join(scratch.path, 'repository');
    cpSync(folder, join(base, 'schemas'), { recursive: true });
    writeFileSync(join(base, 'schemas/shop/cart-updated.v1.json'), before);
    const git = async (...args: readonly string[]) => {
      const names = ['-c', 'user.name=e2e', '-c', 'user.email=e2e@example.com'];
      const child = spawnChild({ command: 'git', args: ['-C', base, ...names, ...args] });
      expect((await child.exited).code).toBe(0);
    };
    await git('init', '-q', '-b', 'main');
    await git('add', '.');
    await git('commit', '-q', '-m', 'base');
    const changed = join(base, 'schemas/shop/cart-updated.v1.json');
    writeFileSync(changed, good());
    const repository = ['--schemas', join(base, 'schemas')];
    const checked = await edi('schema', 'check', changed, ...repository, '--against', 'main');
    expect([checked.code, checked.out]).toEqual([1, expect.stringContaining('required')]);
    // The same check stands before a publication; without a base to compare with, the function is the judge.
    const refused = await edi('schema', 'publish', changed, ...repository, '--url', deployment.url);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('Nothing was uploaded.')]);
  });

  it('is refused by publish-schema when the check is left out, and says why', async () => {
    const refused = await publish('--unchecked');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('required')]);
    const status = await schema('status', type, '--url', deployment.url, '--json');
    const { types, attempts }: JsonObject = JSON.parse(status.out);
    expect(types).toMatchObject([{ type, revision: 2 }]);
    expect(attempts).toMatchObject([{ outcome: 'refused', subject: type }]);
    expect((await sendOne({})).answer).toMatchObject({ accepted: 1 });
  });

  it('is refused by publish-schema when somebody writes to the bucket', async () => {
    const upload = { object: 'shop/cart-updated.v1.json', text: good() };
    const response = await fetch(`${deployment.operatorUrl}/schemas`, {
      method: 'POST',
      headers: { authorization: `Bearer ${deployment.token}` },
      body: JSON.stringify(upload),
    });
    const { generation }: { generation: string } = JSON.parse(await response.text());
    const attempt = await waitFor('the attempt', async () => {
      const { out } = await schema('status', type, '--url', deployment.url, '--json');
      const { attempts }: { attempts: { generation: string; outcome: string }[] } = JSON.parse(out);
      return attempts.find((each) => each.generation === generation);
    });
    expect(attempt.outcome).toBe('refused');
    writeFileSync(file, before);
    expect(await publish()).toMatchObject({ code: 0, err: '' });
  });
});

describe('a draft', () => {
  const draft = join(folder, 'shop/basket-filled.v1.json');
  const draftType = 'shop.basket-filled.v1';
  const properties = {
    items: { type: 'integer', minimum: 0, description: 'How many things it holds.' },
    currency: { type: 'string', pattern: '^[A-Z]{3}$', description: 'ISO 4217.' },
  };
  const write = (changed: JsonObject) => {
    const document: JsonObject = JSON.parse(readFileSync(draft, 'utf8'));
    writeFileSync(draft, JSON.stringify({ ...document, properties: changed }));
  };
  const track = (data: JsonObject) => sendOne(data, crypto.randomUUID(), draftType);
  const rows = () =>
    query(deployment, 'SELECT schema_revision, data FROM events.shop_basket_filled_v1 ORDER BY received_time');

  it('that was published is refused a narrower schema, with the way out, and served as it was', async () => {
    const made = ['--owner', 'team-shop', '--description', 'A basket.', '--subject', 'shopper', '--sdks', 'web'];
    expect(await schema('new', 'shop.basket-filled', ...made)).toMatchObject({ code: 0 });
    write(properties);
    expect(await schema('publish', draft, '--url', deployment.url)).toMatchObject({ code: 0, err: '' });
    expect((await track({ items: 3, currency: 'SEK' })).answer).toMatchObject({ accepted: 1 });
    await waitUntilIdle(deployment);
    write({ itemCount: properties.items, currency: { type: 'boolean', description: 'Whether it is ours.' } });
    const refused = await schema('publish', draft, '--url', deployment.url);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(`publish --replace ${draftType}`)]);
    expect((await track({ items: 4 })).answer).toMatchObject({ accepted: 1 });
    await waitUntilIdle(deployment);
  });

  it('becomes it where that is asked for; its rows stay with what fits, and it goes on', async () => {
    const replaced = await schema('publish', '--replace', draftType, '--url', deployment.url);
    expect(replaced).toMatchObject({ code: 0, err: '', out: expect.stringContaining('revision 2: activated') });
    const before = { schema_revision: 1, data: { item_count: null, currency: null } };
    expect((await track({ items: 5 })).answer).toMatchObject({ accepted: 0, rejected: [{ reason: 'schema' }] });
    expect((await track({ itemCount: 6, currency: true })).answer).toMatchObject({ accepted: 1 });
    await waitUntilIdle(deployment);
    const row = { schema_revision: 2, data: { item_count: 6, currency: true } };
    expect(await rows()).toEqual([before, before, row]);
  });

  it('of which there is no file is said to have none', async () => {
    const failed = await schema('publish', '--replace', 'shop.nothing.v1', '--url', deployment.url);
    expect([failed.code, failed.err]).toEqual([1, expect.stringContaining('has no shop/nothing.v1.json')]);
  });

  it('that is retired is listed as such', async () => {
    const document: JsonObject = JSON.parse(readFileSync(draft, 'utf8'));
    const edi = document['edi'];
    writeFileSync(draft, JSON.stringify({ ...document, edi: { ...(isJsonObject(edi) ? edi : {}), stage: 'retired' } }));
    expect(await schema('publish', draft, '--url', deployment.url)).toMatchObject({ code: 0, err: '' });
    const { out } = await schema('status', draftType, '--url', deployment.url);
    expect(out).toMatch(/shop\.basket-filled\.v1 {2}revision 3, retired, accepted no more since 20/);
  });
});

describe('a realm that is declared verified, with a backend that issues tokens', () => {
  let backend: TokenBackend;
  let tokens: Record<'victim' | 'attacker', string>;
  const rows = () => query(deployment, 'SELECT count(*) AS n FROM events.shop_cart_updated_v1 WHERE data.items = 9');

  async function tokenFor(user: string): Promise<string> {
    const login = await fetch(`${backend.url}/login`, { method: 'POST', body: JSON.stringify({ user }) });
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    const answer: JsonObject = JSON.parse(await (await fetch(`${backend.url}/token`, { headers: { cookie } })).text());
    return String(answer['token']);
  }

  beforeAll(async () => {
    backend = await startTokenBackend({ port: 0, audience: 'edi', tokenSeconds: 600 });
    tokens = { victim: await tokenFor('shopper-4711'), attacker: await tokenFor('shopper-9') };
    const path = join(folder, 'sdks.json');
    const sdks: JsonObject = JSON.parse(readFileSync(path, 'utf8'));
    const verified = { issuer: backend.url, audience: 'edi', jwksUri: backend.jwksUri };
    writeFileSync(path, JSON.stringify({ ...sdks, realms: { shopper: { verified } } }));
    expect(await schema('publish', path, '--unchecked', '--url', deployment.url)).toMatchObject({ code: 0, err: '' });
  });
  afterAll(() => backend.close());

  it('takes events of whom a token proves', async () => {
    expect(await sendAs(['shopper-4711'], tokens.victim)).toMatchObject({ accepted: 1 });
    await waitUntilIdle(deployment);
    expect(await rows()).toEqual([{ n: 1 }]);
  });

  it('a guesser with the public key, and an account, gets no pseudonym but the own one', async () => {
    const before = (await waitUntilIdle(deployment))['rejected'] ?? 0;
    const guesses = Array.from({ length: 1_000 }, (_, at) => `shopper-${4_000 + at}`);
    expect(await sendAs(guesses)).toMatchObject({ accepted: 0, rejected: { length: 1_000 } });
    const foreign = await sendAs([...guesses.slice(1), 'shopper-9'], tokens.attacker);
    const kinds = new Set(
      (foreign['rejected'] as JsonObject[]).map(({ transient, reason }) => `${transient} ${reason}`),
    );
    expect([foreign['accepted'], kinds]).toEqual([1, new Set(['false subject'])]);
    const counters = await waitUntilIdle(deployment);
    expect(await rows()).toEqual([{ n: 2 }]);
    expect((counters['rejected'] ?? 0) - before).toBe(999);
    expect(await query(deployment, "SELECT count(*) AS n FROM operations.quarantine WHERE reason = 'subject'")).toEqual(
      [{ n: 0 }],
    );
  });

  it('a type that names two of its people is refused for public keys, with what to do', async () => {
    edit((_, properties) => {
      properties['gift_for'] = {
        ...{ type: 'string', description: 'Who gets it' },
        treatment: { do: 'pseudonymize', subject: { realm: 'shopper', pointer: '0' } },
      };
    });
    const checked = await schema('check', file);
    expect([checked.code, checked.out]).toEqual([
      1,
      expect.stringMatching(/subject-unproven|names people at the subject/),
    ]);
    const refused = await publish('--unchecked');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('only bindings with secret keys')]);
  });
});

it('an object with a name outside the bucket is not stored', async () => {
  const response = await fetch(`${deployment.operatorUrl}/schemas`, {
    method: 'POST',
    headers: { authorization: `Bearer ${deployment.token}` },
    body: JSON.stringify({ object: '../../escaped.json', text: '{}' }),
  });
  expect(response.status).toBe(400);
});
