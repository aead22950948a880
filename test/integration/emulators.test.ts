import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryRows, startTimeoutMillis } from '../helpers/integration-deployment.ts';
import { describeOnEmulators } from '../helpers/integration-emulators.ts';
import { type OperatedDeployment, startOperated } from '../helpers/integration-operator.ts';
import { makeEvent, sendBatch, trackPlayed, trackPlayedTable } from '../helpers/local-events.ts';
import { send } from '../helpers/local-http.ts';
import { waitFor } from '../helpers/local-process.ts';

describeOnEmulators('catalog, heartbeats, doors and keys of a deployment on the emulators', () => {
  let deployment: OperatedDeployment;
  beforeAll(async () => {
    deployment = await startOperated({}, { heartbeats: true });
  }, startTimeoutMillis);
  afterAll(() => deployment.stop(), startTimeoutMillis);

  test('shows what is active in Firestore, and counts what arrives', async () => {
    const page = await send({ url: `${deployment.catalogUrl}types/${trackPlayed}.html` });
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('1, active since') });
    await sendBatch(deployment.url, { events: [makeEvent()], key: deployment.writeKey });
    // The first event finds every function, and both emulators, at their first work.
    const counted = await waitFor(
      'a row in the counts',
      async () => {
        const { text } = await send({ url: `${deployment.catalogUrl}counts.json` });
        return text.includes(trackPlayed) ? text : undefined;
      },
      240_000,
    );
    expect(JSON.parse(counted)).toEqual({ types: { [trackPlayed]: { rows: 1, rejected: {} } }, others: {} });
  });

  test('heartbeats of the last hours come through the front door, and are no events of the view', async () => {
    const count = async (table: string) => {
      const [row] = await queryRows(deployment, `SELECT count(*)::INTEGER AS events FROM ${table}`);
      return row?.['events'];
    };
    const beats = `events_raw.${trackPlayedTable} WHERE sdk = 'edi-heartbeat'`;
    // More where an hour has begun since the start, and its schedule came.
    await waitFor('heartbeats in their table', async () => (Number(await count(beats)) >= 3 ? true : undefined));
    expect(await count(`events.${trackPlayedTable}`)).toBe(1);
  });

  test('13: no stage takes a push that does not come from its subscription, and ingest none from a rebound name', async () => {
    for (const { name, url } of deployment.functions) {
      if (name === 'ingest') continue;
      const pushed = await send({ url: new URL(url).origin, body: JSON.stringify({ message: { data: '' } }) });
      expect(pushed.status, name).toBe(401);
    }
    const headers = { host: 'evil.example', authorization: `Bearer ${deployment.writeKey}` };
    expect((await send({ url: `${deployment.url}/v1/events`, headers, body: '[]' })).status).toBe(403);
  });

  test('is not served by ingest, which runs as it is deployed', async () => {
    expect((await send({ url: `${deployment.url}/catalog/` })).status).toBe(404);
    expect(new URL(deployment.catalogUrl).hostname).toBe('127.0.0.1');
  });

  const statusWith = async (key: string) => (await sendBatch(deployment.url, { events: [makeEvent()], key })).status;

  test('edi keys create, list and revoke go to Firestore, where the ingest process sees them in time', async () => {
    const { keyId, writeKey } = await deployment.edi('keys', 'create', '--sdk', 'ios');
    expect(await statusWith(writeKey)).toBe(200);
    const { outcome, refusedWithinSeconds } = await deployment.edi('keys', 'revoke', keyId);
    expect({ outcome, refusedWithinSeconds }).toEqual({ outcome: 'revoked', refusedWithinSeconds: 10 });
    // A good key goes on while Firestore does not answer, as the emulator may not in time on a busy machine.
    await waitFor(
      'the revoked key to be refused',
      async () => ((await statusWith(writeKey)) === 401 ? true : undefined),
      60_000,
    );
    expect(await statusWith(deployment.writeKey)).toBe(200);
    const listed = await deployment.edi('keys', 'list');
    expect(listed).toContainEqual({ keyId, sdk: 'ios', createdAt: expect.any(String), revokedAt: expect.any(String) });
    expect(JSON.stringify(listed)).not.toContain(writeKey.slice(-43));
    expect(readFileSync(deployment.logPath, 'utf8')).not.toContain(writeKey.slice(-43));
  });

  test('the smoke test of a deployment sees all of it', async () => {
    const lacking = ['push-authentication', 'pruning'];
    const { checks } = await deployment.edi('smoke', '--key', deployment.writeKeys?.['edi-smoke'] ?? '');
    for (const { name, outcome, text } of checks) {
      expect(outcome, `${name}: ${text}`).toBe(lacking.includes(name) ? 'not-checked' : 'ok');
    }
    expect(checks).toHaveLength(10);
    const kept = await deployment.edi('quarantine', 'list', '--type', 'edi.smoke.v1');
    expect(kept).toEqual([expect.objectContaining({ reason: 'schema', events: 1, occurrences: 1, replayed: 0 })]);
  });
});
