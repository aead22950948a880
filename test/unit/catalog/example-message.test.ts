import { expect, test } from 'vitest';
import { exampleMessage } from '../../../infra/catalog/example-message.ts';
import { envelopeColumns } from '../../../shared/event-types/table.ts';
import { catalogType } from '../../helpers/catalog.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const document = schemaDocument({
  properties: {
    orderNumber: { type: 'integer' },
    buyer: { type: 'string', treatment: { do: 'pseudonymize' } },
    note: { type: 'string', treatment: { do: 'drop' } },
    placed: { type: 'string', format: 'date-time' },
    lines: {
      type: 'array',
      items: { type: 'object', additionalProperties: false, properties: { sku: { type: 'string' } } },
    },
  },
});

test('is the row of the fullest example that passes, as the pipeline makes it', () => {
  const examples = [
    { name: 'short', passes: true, data: { orderNumber: 1 } },
    {
      name: 'full',
      passes: true,
      data: { orderNumber: 2, buyer: 'Ann', note: 'x', placed: '2026-01-02T03:04:05+01:00' },
    },
    {
      name: 'broken',
      passes: false,
      data: { orderNumber: 'a text that makes it the longest of all of them, by far', x: '…'.repeat(50) },
    },
  ];
  expect(exampleMessage(catalogType(document, { examples }))['data']).toEqual({
    order_number: 2,
    buyer: '<pseudonym of a customer>',
    placed: '2026-01-02T02:04:05.000000Z',
  });
});

test('without an example it shows the columns and their types', () => {
  expect(exampleMessage(catalogType(document))['data']).toEqual({
    order_number: '<INT64>',
    buyer: '<STRING>',
    placed: '<TIMESTAMP>',
    lines: [{ sku: '<STRING>' }],
  });
});

test('the envelope has every column that is required, in the order of the table', () => {
  const { data: _, ...envelope } = exampleMessage(
    catalogType(document, { active: { revision: 7, activatedAtMillis: 0 } }),
  );
  const names = Object.keys(envelope);
  for (const { name, mode } of envelopeColumns) if (mode === 'REQUIRED') expect(names).toContain(name);
  expect(names).toEqual(envelopeColumns.map(({ name }) => name).filter((name) => names.includes(name)));
  expect(envelope['schema_revision']).toBe(7);
});

test('an example that the columns cannot hold is passed over', () => {
  const examples = [{ name: 'odd', passes: true, data: { orderNumber: 'not a number' } }];
  expect(exampleMessage(catalogType(document, { examples }))['data']).toMatchObject({ order_number: '<INT64>' });
});
