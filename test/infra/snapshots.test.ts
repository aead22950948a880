import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../shared/event/json.ts';
import { isJsonObject } from '../../shared/event/json.ts';
import { environments, resourcesIn, synthesise } from '../helpers/infra.ts';
import { eventSchema, schemaDocument } from '../helpers/schemas.ts';

const schemas = [
  eventSchema(
    schemaDocument({ type: 'shop.order.v1', properties: { total: { type: 'number' } }, edi: { stage: 'beta' } }),
  ),
  eventSchema(schemaDocument({ type: 'shop.fax.v1', edi: { stage: 'retired' } })),
];
const longText = 200;

/** A line a resource, so that a changed argument is a changed line; long texts by their hash. */
function snapshotOf(stack: string, content: JsonObject): string {
  const lines = resourcesIn(new Map([[stack, content]])).map(
    ({ type, address, config }) => `${type}.${address} ${JSON.stringify(shorten(config))}`,
  );
  const output = isJsonObject(content['output']) ? Object.keys(content['output']) : [];
  return `${[...lines, ...output.map((name) => `output.${name}`)].sort().join('\n')}\n`;
}

function shorten(value: JsonValue): JsonValue {
  if (typeof value === 'string' && value.length > longText) {
    return `${value.length} characters, sha256 ${createHash('sha256').update(value).digest('hex').slice(0, 16)}`;
  }
  if (Array.isArray(value)) return value.map(shorten);
  if (!isJsonObject(value)) return value;
  // cdktf's notes to itself.
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (key === '//' ? [] : [[key, shorten(inner)]])),
  );
}

describe.each(Object.values(environments))('the stacks of $name', (environment) => {
  const stacks = synthesise({ environment, schemas });

  test('are these, in the order in which they are applied', () => {
    const common = ['foundation', 'state', 'pipeline', 'event-types', 'event-types-shop'];
    const expected = [...common, ...(environment.edge === undefined ? [] : ['edge']), 'observability'];
    expect([...stacks.keys()]).toEqual(expected.map((stack) => `${environment.name}-${stack}`));
  });

  test.each([...stacks])('%s is as it was', async (stack, content) => {
    await expect(snapshotOf(stack, content)).toMatchFileSnapshot(`snapshots/${stack}.txt`);
  });

  test('keep their state in the bucket of the environment, each in a folder of its own', () => {
    const prefixes = [...stacks.values()].map((content) => {
      const terraform = isJsonObject(content['terraform']) ? content['terraform'] : {};
      const backend = isJsonObject(terraform['backend']) ? terraform['backend']['gcs'] : undefined;
      expect(backend).toMatchObject({ bucket: environment.stateBucket });
      return isJsonObject(backend) ? backend['prefix'] : undefined;
    });
    expect(new Set(prefixes).size).toBe(stacks.size);
  });

  test('ask nobody: no data source, and no reference to another stack', () => {
    for (const content of stacks.values()) expect(content['data']).toBeUndefined();
  });
});
