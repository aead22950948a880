import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { JsonObject } from '../../shared/event/json.ts';
import { type LocalProcess, startLocal } from '../helpers/local-deployment.ts';
import { makeEvent, sendBatch } from '../helpers/local-events.ts';
import { parseJson, send } from '../helpers/local-http.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';
import { makeScratchFolder, projectFolder } from '../helpers/local-process.ts';
import { schemaDocument } from '../helpers/schemas.ts';

// A type from its first try-out to a table of its own: locally, a restart is what a deployment is in the cloud.

const type = 'shop.cart-updated.v1';
const scratch = makeScratchFolder();
const [dataFolder, schemaFolder] = [join(scratch.path, 'data'), join(scratch.path, 'schemas')];
afterAll(() => scratch.remove());

const [email, items] = ['ada@example.com', [{ sku: 's-1', addedAt: '2026-01-02T03:04:05Z' }, { sku: 's-2' }]];
const cart = (itemCount: number) => makeEvent({ type, data: { itemCount, email, items } });

async function startInStage(stage: string): Promise<LocalProcess> {
  const described = (description: string, schema: JsonObject) => ({ description, ...schema });
  const item = {
    type: 'object',
    additionalProperties: false,
    properties: {
      sku: described('What is sold.', { type: 'string' }),
      addedAt: described('When it was put in.', { type: 'string', format: 'date-time' }),
    },
  };
  const schema = schemaDocument({
    type,
    properties: {
      itemCount: described('How many items it holds.', { type: 'integer' }),
      email: described('Where offers go.', { type: 'string', treatment: { do: 'pseudonymize' } }),
      items: described('What it holds.', { type: 'array', items: item }),
    },
    edi: { stage, sdks: ['web', 'ios'] },
  });
  mkdirSync(join(schemaFolder, 'shop'), { recursive: true });
  cpSync(join(projectFolder, 'schemas', 'sdks.json'), join(schemaFolder, 'sdks.json'));
  writeFileSync(join(schemaFolder, 'shop', 'cart-updated.v1.json'), JSON.stringify(schema));
  return startLocal({ dataFolder, flags: ['--quiet', '--schemas', schemaFolder] });
}

async function deliver(deployment: LocalProcess, events: readonly ReturnType<typeof cart>[]) {
  expect(parseJson(await sendBatch(deployment.url, { events }))).toMatchObject({ accepted: events.length });
  await waitUntilIdle(deployment);
}

it('is accepted and queried in alpha, and with promotion its view shows what came before and after, once', async () => {
  const [early, late] = [cart(1), cart(2)];
  const alpha = await startInStage('alpha');
  await deliver(alpha, [early]);
  await deliver(alpha, [early]);
  const inAlpha = await query(alpha, `SELECT type, data FROM events.alpha WHERE event_id = '${early.id}'`);
  expect(inAlpha).toHaveLength(1);
  expect(inAlpha[0]?.['type']).toBe(type);
  const [shared] = await query(alpha, "SELECT data->>'item_count' AS items, data->>'email' AS email FROM events.alpha");
  expect(shared?.['items']).toBe('1');
  expect(shared?.['email']).not.toContain('ada');
  expect(await query(alpha, "SELECT 1 FROM information_schema.tables WHERE table_name LIKE 'shop%'")).toEqual([]);
  const page = await send({ url: `${alpha.url}/catalog/types/${type}.html` });
  expect(page.text).toContain('FROM events.alpha\nWHERE type = &#39;shop.cart-updated.v1&#39;');
  expect(await alpha.stop()).toMatchObject({ code: 0 });

  const beta = await startInStage('beta');
  try {
    await deliver(beta, [early, late]);
    const sql = 'SELECT event_id, data FROM events.shop_cart_updated_v1 ORDER BY data.item_count';
    const pseudonym = shared?.['email'];
    const data = (count: number) => ({
      item_count: count,
      email: expect.any(String),
      items: [
        { sku: 's-1', added_at: '2026-01-02T03:04:05.000000Z' },
        { sku: 's-2', added_at: null },
      ],
    });
    const rows = await query(beta, sql);
    expect(rows).toEqual([
      { event_id: early.id, data: data(1) },
      { event_id: late.id, data: data(2) },
    ]);
    const emails = 'SELECT DISTINCT data.email AS email FROM events.shop_cart_updated_v1';
    expect(await query(beta, emails)).toEqual([{ email: pseudonym }]);
    const own = await query(beta, 'SELECT count(*)::INTEGER AS n FROM events_raw.shop_cart_updated_v1');
    expect(own).toEqual([{ n: 1 }]);
    expect(await query(beta, 'SELECT count(*)::INTEGER AS n FROM events_raw.alpha')).toEqual([{ n: 1 }]);
  } finally {
    await beta.stop();
  }
});
