import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultRetryPolicy } from '../../../shared/sdks/sdk-bindings.ts';
import { type IngestWorld, orderEvent, startIngest } from '../../helpers/ingest-world.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const schemas = [schemaDocument({ open: true, edi: { sdks: ['web', 'phone', 'relay'] } })];

let world: IngestWorld;
beforeEach(async () => {
  world = await startIngest({ schemas, config: { preflightMaxAgeSeconds: 60 } });
});
afterEach(() => world.close());

const shop = 'https://shop.example.com';
const relay = 'https://relay.example.com';
const allowedOrigin = (response: Response) => response.headers.get('access-control-allow-origin');

describe('CORS', () => {
  test('a preflight from the origin of any binding passes, because it carries no key', async () => {
    for (const origin of [shop, relay]) {
      const headers = {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      };
      const response = await fetch(`${world.url}/v1/events`, { method: 'OPTIONS', headers });
      expect(response.status).toBe(204);
      expect(await response.text()).toBe('');
      expect(allowedOrigin(response)).toBe(origin);
      expect(response.headers.get('access-control-allow-methods')).toBe('POST, OPTIONS');
      expect(response.headers.get('access-control-allow-headers')?.split(', ')).toEqual(
        expect.arrayContaining(['authorization', 'content-type', 'content-encoding', 'x-edi-sent-at', 'ce-id']),
      );
      expect(response.headers.get('access-control-max-age')).toBe('60');
      expect(response.headers.get('vary')).toBe('origin');
    }
  });

  test.each([
    'https://evil.example.com',
    'http://shop.example.com',
    'https://shop.example.com:8443',
    'null',
    'http://localhost',
  ])('a preflight from %s does not', async (origin) => {
    const response = await fetch(`${world.url}/v1/events`, { method: 'OPTIONS', headers: { origin } });
    expect([response.status, allowedOrigin(response)]).toEqual([204, null]);
    expect(response.headers.get('access-control-allow-methods')).toBeNull();
    expect(response.headers.get('vary')).toBe('origin');
  });

  test('an answer is readable for the origins of the binding of its key only', async () => {
    const answers = await Promise.all(
      [shop, relay].map((origin) => world.post([orderEvent()], { origin, authorization: 'Bearer key-web' })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers.map(allowedOrigin)).toEqual([shop, null]);
    expect(
      allowedOrigin(await world.post([orderEvent()], { origin: shop, authorization: 'Bearer key-phone' })),
    ).toBeNull();
  });

  test('a refusal is readable, too, and so is when to come back', async () => {
    world.publisher.failNext(1, 'not-stored');
    for (const status of [503, 200]) {
      const response = await world.post([orderEvent()], { origin: shop });
      expect([response.status, allowedOrigin(response)]).toEqual([status, shop]);
      expect(response.headers.get('access-control-expose-headers')).toBe('retry-after');
    }
    for (const headers of [{ authorization: 'Bearer nobody' }, { 'content-type': 'text/plain' }]) {
      expect(allowedOrigin(await world.post([orderEvent()], { origin: shop, ...headers }))).toBe(shop);
    }
    for (const path of ['/v1/events', '/nowhere']) {
      expect(allowedOrigin(await fetch(`${world.url}${path}`, { headers: { origin: shop } }))).toBe(shop);
    }
  });

  test('every answer says that it depends on the origin', async () => {
    expect((await world.post([orderEvent()])).headers.get('vary')).toBe('origin');
    expect((await fetch(`${world.url}/v1/policy`)).headers.get('vary')).toBe('origin');
  });

  test('pages on this machine pass where the deployment allows it', async () => {
    await world.close();
    world = await startIngest({ schemas, config: { allowLoopbackOrigins: true } });
    for (const origin of ['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:8080']) {
      expect(allowedOrigin(await world.post([orderEvent()], { origin }))).toBe(origin);
    }
    for (const origin of [
      'http://localhost.example.com',
      'https://evil.example.com',
      'http://127.0.0.1.evil.example',
    ]) {
      expect(allowedOrigin(await world.post([orderEvent()], { origin }))).toBeNull();
    }
  });
});

describe('GET /v1/policy', () => {
  test('tells when to resend and what a request may hold', async () => {
    const response = await fetch(`${world.url}/v1/policy`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      retry: {
        ...defaultRetryPolicy,
        onStatus: [408, 429, 500, 502, 503, 504],
        honourRetryAfter: true,
        onTransientRejection: true,
      },
      limits: {
        maxRequestEvents: 1_000,
        maxBodyBytes: 1_048_576,
        maxEventBytes: 65_536,
        maxNesting: 32,
        lookBackDays: 28,
      },
    });
  });

  test('with a key, the policy of its SDK', async () => {
    const headers = { authorization: 'Bearer key-web' };
    expect(await (await fetch(`${world.url}/v1/policy`, { headers })).json()).toMatchObject({
      retry: { giveUpAfterDays: 7 },
    });
  });

  test('with an unknown key, the default', async () => {
    const response = await fetch(`${world.url}/v1/policy?key=nobody`);
    expect(await response.json()).toMatchObject({ retry: { giveUpAfterDays: 26 } });
  });
});

describe('GET /health', () => {
  test('tells the version of the registry that is served', async () => {
    const response = await fetch(`${world.url}/health`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok', registryVersion: 2 }]);
    const head = await fetch(`${world.url}/health`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });
});
