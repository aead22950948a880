import type { OutgoingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asList, asObject, isJsonObject } from '../../shared/event/json.ts';
import { snippetsOf } from '../helpers/catalog.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch, trackPlayed } from '../helpers/local-events.ts';
import { parseJson, send } from '../helpers/local-http.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';
import { spawnChild, waitFor } from '../helpers/local-process.ts';

// The catalog beside ingest, as any client sees it.

let deployment: LocalProcess;
beforeAll(async () => {
  deployment = await startLocal({ flags: [] });
});
afterAll(async () => {
  await deployment.stop();
});

function get(path: string, headers: OutgoingHttpHeaders = {}, method = 'GET') {
  return send({ url: `${deployment.url}${path}`, headers, method });
}

/** Of a page of the playground. */
const token = '11111111-2222-4333-8444-555555555555';

async function counts() {
  return parseJson(await get('/catalog/counts.json'));
}

it('is where the deployment says, with every type', async () => {
  const url = /^catalog (.*)$/m.exec(deployment.child.stdout())?.[1] ?? '';
  expect(url).toBe(`${deployment.url}/catalog/`);
  const { status, headers, text } = await send({ url });
  expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'text/html; charset=utf-8' });
  expect(text).toContain('<a href="types/playback.track-played.v1.html">');
  expect((await get('/catalog/types/playback.track-played.v1.html')).text).toContain('active since');
  const playground = /^playground (.*)$/m.exec(deployment.child.stdout())?.[1] ?? '';
  expect((await send({ url: playground })).text).toContain('<h1>Playground</h1>');
});

it('a browser that opens the root is given the live page; whoever else asks there is answered by ingest', async () => {
  const link = new URL(/^live page (.*)$/m.exec(deployment.child.stdout())?.[1] ?? '');
  expect(`${link.origin}${link.pathname}`).toBe(`${deployment.url}/`);
  const page = await get('/', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(page.text).toContain('<h1>Live</h1>');
  expect((await get('/', { accept: 'text/html' }, 'HEAD')).text).toBe('');
  for (const accept of ['*/*', 'application/json']) {
    const answer = await get('/', { accept });
    expect([answer.status, answer.headers['content-type']]).toEqual([404, 'application/problem+json']);
  }
  expect((await get('/', { accept: 'text/html' }, 'POST')).headers['content-type']).toBe('application/problem+json');
  expect((await get('/v1/nothing', { accept: 'text/html' })).headers['content-type']).toBe('application/problem+json');
});

it('the live page tells counts to everybody here, and events, payloads and actions to whoever has its link', async () => {
  const link = new URL(/^live page (.*)$/m.exec(deployment.child.stdout())?.[1] ?? '');
  const authorization = `Bearer ${link.hash.slice(1)}`;
  const eventsSeen = async (headers: OutgoingHttpHeaders) => {
    const state = parseJson(await get('/live/state.json', headers));
    return isJsonObject(state) ? state['events'] : undefined;
  };
  expect(await eventsSeen({ authorization })).toEqual([]);
  for (const wrong of ['', 'Bearer ', `${authorization}x`, `Bearer ${deployment.token}`, 'Bearer local-dev-key']) {
    expect(await eventsSeen({ authorization: wrong }), wrong).toBeNull();
    expect((await get('/live/event.json?number=1', { authorization: wrong })).status, wrong).toBe(401);
    for (const action of ['payload', 'settle', 'replay', 'reset']) {
      expect((await get(`/live/${action}`, { authorization: wrong }, 'POST')).status, `${action} ${wrong}`).toBe(401);
    }
  }
  for (const action of ['payload', 'settle', 'replay', 'reset']) {
    for (const foreign of [{ origin: 'https://example.com' }, { origin: 'null' }, { host: 'example.com' }]) {
      expect((await get(`/live/${action}`, { authorization, ...foreign }, 'POST')).status, action).toBe(403);
    }
    expect((await get(`/live/${action}`, { authorization })).status, action).toBe(404);
  }
  expect((await get('/live/payload', { authorization }, 'POST')).status).toBe(400);
  for (const path of ['nothing', '__proto__', '../live-page.ts', 'assets/index.html', 'event.json']) {
    expect((await get(`/live/${path}`, { authorization })).status, path).toBe(404);
  }
});

it('without the slash it leads there, keeps to GET, and has no other pages', async () => {
  expect(await get('/catalog')).toMatchObject({ status: 308, headers: { location: '/catalog/' } });
  expect(await get('/catalog/', {}, 'HEAD')).toMatchObject({ status: 200, text: '' });
  expect(await get('/catalog/', {}, 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  for (const path of ['nothing', 'types/', '../main.ts', '..%2f..%2fpackage.json', '__proto__', 'types/a.b.v1.html']) {
    expect((await get(`/catalog/${path}`)).status, path).toBe(404);
  }
});

it('what is not the catalog is still ingest', async () => {
  expect((await get('/v1/policy')).status).toBe(200);
  expect((await get('/catalogue')).headers['content-type']).toBe('application/problem+json');
});

it('the playground shows counts to everybody here, rows to who has their token, and takes nothing else', async () => {
  const answer = await get(`/playground/live.json?token=${token}`);
  expect(parseJson(answer)).toEqual({
    counts: { accepted: 0, duplicates: 0, rejected: 0, rows: 0, backlog: 0 },
    rows: [],
  });
  const others = ['', '?token=%25', '?token=1', `?token=${token}&after=x`];
  for (const query of others) expect((await get(`/playground/live.json${query}`)).status, query).toBe(400);
  for (const path of ['nothing', '__proto__', '../main.ts', 'assets/index.html', 'failing']) {
    expect((await get(`/playground/${path}`)).status, path).toBe(404);
  }
  expect(await get('/playground/', {}, 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  expect(await get('/playground/failing', {}, 'POST')).toMatchObject({ status: 503 });
});

describe('who may read', () => {
  it('a browser that opens it: typed, or from a link elsewhere', async () => {
    for (const site of ['none', 'same-origin', 'cross-site']) {
      const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate' };
      expect((await get('/catalog/', headers)).status, site).toBe(200);
    }
    expect((await get('/catalog/counts.json', { origin: deployment.url })).status).toBe(200);
  });

  it('no page of another origin, and none through a name that was rebound to 127.0.0.1', async () => {
    const { port } = new URL(deployment.url);
    const others: OutgoingHttpHeaders[] = [
      { origin: 'https://example.com' },
      { origin: 'null' },
      { origin: `http://127.0.0.1:${Number(port) + 1}` },
      { host: 'example.com' },
      { host: `example.com:${port}` },
      { host: '127.0.0.1' },
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
      { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
    ];
    const ofPlayground = ['/playground/', `/playground/live.json?token=${token}`, '/playground/client.js'];
    const ofLivePage = ['/live/', '/live/state.json', '/live/live.js'];
    for (const path of [
      ...ofLivePage,
      '/catalog/',
      '/catalog/counts.json',
      '/catalog/assets/search-index.js',
      ...ofPlayground,
    ]) {
      for (const headers of others) {
        expect((await get(path, headers)).status, `${path} ${JSON.stringify(headers)}`).toBe(403);
      }
    }
    expect((await get('/playground/failing', { origin: 'https://example.com' }, 'POST')).status).toBe(403);
    expect((await get('/catalog/', { host: `localhost:${port}` })).status).toBe(200);
  });

  it('every answer forbids frames, other hosts, guessing of types, and loading by other origins', async () => {
    const ofPlayground = ['/playground', '/playground/', `/playground/live.json?token=${token}`, '/playground/nothing'];
    const ofLivePage = ['/live', '/live/', '/live/state.json', '/live/event.json', '/live/nothing'];
    const ofCatalog = ['/catalog', '/catalog/', '/catalog/counts.json', '/catalog/nothing'];
    for (const path of [...ofCatalog, ...ofPlayground, ...ofLivePage]) {
      const { headers } = await get(path);
      expect(headers, path).toMatchObject({
        'content-security-policy':
          "default-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'; frame-ancestors 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
      expect(headers['access-control-allow-origin'], path).toBeUndefined();
    }
  });
});

it('counts rows and rejections of the last hour by reason, and tells no value of an event', async () => {
  expect(await counts()).toEqual({ types: {}, others: {} });
  const events = [
    makeEvent({ source: 'a-secret-source' }),
    makeEvent({ data: { 'a-secret-field': 'a-secret-value' } }),
    makeEvent({ type: 'secret.unheard-of.v1' }),
    makeEvent({ type: 'a secret type' }),
  ];
  await sendBatch(deployment.url, { events });
  await waitUntilIdle(deployment);
  const shown = await waitFor('counts', async () => {
    const answer = JSON.stringify(await counts());
    return answer === '{"types":{},"others":{}}' ? undefined : answer;
  });
  expect(JSON.parse(shown)).toEqual({
    types: { [trackPlayed]: { rows: 1, rejected: { schema: 1 } } },
    others: { 'unknown-type': 2 },
  });
  expect(shown).not.toContain('secret');
});

it('the curl line and the SQL of a page work when they are pasted', async () => {
  const snippets = snippetsOf((await get('/catalog/types/github.star.v1.html')).text);
  const shell = spawnChild({ command: 'sh', args: ['-c', snippets.get('curl: send one event') ?? 'false'] });
  expect(await shell.exited).toEqual({ code: 0, signal: null });
  expect(JSON.parse(shell.stdout())).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
  await waitUntilIdle(deployment);
  expect(await query(deployment, snippets.get('SQL: the newest events') ?? '')).toHaveLength(1);
  expect(await query(deployment, snippets.get('SQL: events a day') ?? '')).toMatchObject([{ events: 1, sources: 1 }]);
  expect((await get('/catalog/legacy/github.star.v1.json')).status).toBe(404);

  const ofPlays = snippetsOf((await get(`/catalog/types/${trackPlayed}.html`)).text);
  expect(await query(deployment, ofPlays.get('SQL: legacy share a week') ?? '')).toMatchObject([
    { events: 1, legacy_events: 0, legacy_percent: 0 },
  ]);
  const { weeks } = asObject(parseJson(await get(`/catalog/legacy/${trackPlayed}.json`)));
  expect(asList(weeks)).toHaveLength(13);
});
