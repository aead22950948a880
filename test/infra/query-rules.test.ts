import { describe, expect, test } from 'vitest';
import { checkResources } from '../../infra/checks/resource-check.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { synthesise } from '../helpers/infra.ts';
import { eventSchema, schemaDocument } from '../helpers/schemas.ts';

describe('what BigQuery takes of a statement', () => {
  const view = (query: string, table = 'one', dataset = 'events') => ({
    dataset_id: dataset,
    table_id: table,
    view: { query, use_legacy_sql: false },
  });
  const check = (...configs: JsonObject[]) =>
    checkResources(
      new Map(configs.map((config, at) => [`stack-${at}`, { resource: { google_bigquery_table: { view: config } } }])),
    );
  const scheduled = (query: string) => ({
    resource: { google_bigquery_data_transfer_config: { hours: { params: { query } } } },
  });
  const union = (names: readonly string[]) => names.map((name) => `SELECT 1 FROM \`p.${name}\``).join('\nUNION ALL ');
  const named = (count: number) => Array.from({ length: count }, (_, at) => `events_raw.t${at}`);

  test('a view has 256,000 characters at most', () => {
    expect(() => check(view('x'.repeat(256_000)))).not.toThrow();
    expect(() => check(view('x'.repeat(256_001)))).toThrow(
      /stack-0 google_bigquery_table\.view, length of its statement is 256001: 256000 characters at most: split the type/,
    );
  });

  test('a scheduled query has a million', () => {
    expect(() => checkResources(new Map([['a', scheduled('x'.repeat(1_000_000))]]))).not.toThrow();
    expect(() => checkResources(new Map([['a', scheduled('x'.repeat(1_000_001))]]))).toThrow(/length of its statement/);
  });

  test('a thousand tables and views are read at most, those of views included, each once', () => {
    expect(() => checkResources(new Map([['a', scheduled(union([...named(1_000), ...named(1_000)]))]]))).not.toThrow();
    expect(() => checkResources(new Map([['a', scheduled(union(named(1_001)))]]))).toThrow(
      /a google_bigquery_data_transfer_config\.hours, tables and views that it reads is 1001: 1000 at most: split the/,
    );
    const twice = view(union(['events.one']), 'two');
    expect(() => check(view(union(named(998))), twice)).not.toThrow();
    expect(() => check(view(union(named(1_000))), twice)).toThrow(/stack-1 .*reads is 1001/);
  });

  test('a description has 16,384 characters', () => {
    expect(() => check({ ...view('SELECT 1'), description: 'd'.repeat(16_384) })).not.toThrow();
    expect(() => check({ ...view('SELECT 1'), description: 'd'.repeat(16_385) })).toThrow(/length of its description/);
  });

  test('a type whose exact view would be too long is refused before Terraform runs', () => {
    const long = (at: number) => `${'a-name-that-says-all-that-there-is-to-say-'.repeat(3)}${at}`;
    const properties = Object.fromEntries(Array.from({ length: 900 }, (_, at) => [long(at), { type: 'integer' }]));
    expect(() => synthesise({ schemas: [eventSchema(schemaDocument({ properties }))] })).toThrow(
      /event-types-shop google_bigquery_table\..*_exact-view, length of its statement/,
    );
  });
});
