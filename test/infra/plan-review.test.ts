import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { reviewPlan } from '../../infra/checks/plan-review.ts';
import { formatViolation } from '../../infra/checks/violation.ts';
import type { JsonObject } from '../../shared/event/json.ts';

const change = (type: string, actions: string[], before: JsonObject = {}, after: JsonObject = {}): JsonObject => ({
  address: `${type}.x`,
  type,
  change: { actions, before, after },
});
const plan = (...changes: JsonObject[]): JsonObject => ({ format_version: '1.2', resource_changes: changes });

function violations(...changes: JsonObject[]): string[] {
  const review = reviewPlan(plan(...changes));
  return review.kind === 'reviewed' ? review.violations.map(formatViolation) : [review.problem];
}

const columns = (...names: string[]) => JSON.stringify(names.map((name) => ({ name, type: 'STRING' })));

describe('the review of a plan', () => {
  test('finds what holds something and goes or is replaced', () => {
    expect(violations(change('google_pubsub_subscription', ['delete']))).toEqual([
      '  google_pubsub_subscription.x is "deleted": the messages that are not acknowledged yet would be lost; ' +
        'restore what declared it, or move its address',
    ]);
    expect(violations(change('google_firestore_database', ['delete', 'create']))[0]).toMatch(
      /is "replaced": its documents/,
    );
    expect(violations(change('google_kms_crypto_key', ['create', 'delete']))[0]).toMatch(/is "replaced"/);
    expect(violations(change('google_bigquery_table', ['delete', 'create'], { schema: columns('a') }))[0]).toMatch(
      /its rows/,
    );
  });

  test('finds columns that a table would lose in place, nested ones too', () => {
    const nested = (...names: string[]) =>
      JSON.stringify([{ name: 'data', type: 'RECORD', fields: JSON.parse(columns(...names)) }]);
    expect(
      violations(change('google_bigquery_table', ['update'], { schema: columns('a', 'b') }, { schema: columns('a') })),
    ).toEqual(['  google_bigquery_table.x, column b is "lost": restore it in its schema']);
    expect(
      violations(change('google_bigquery_table', ['update'], { schema: nested('a', 'b') }, { schema: nested('b') }))[0],
    ).toMatch(/column data\.a/);
  });

  test('lets the rest pass: new things, changes, views, functions', () => {
    expect(
      violations(
        change('google_pubsub_topic', ['create']),
        change('google_bigquery_table', ['update'], { schema: columns('a') }, { schema: columns('a', 'b') }),
        change('google_bigquery_table', ['delete', 'create'], { view: [{ query: 'SELECT 1' }] }),
        change('google_cloudfunctions2_function', ['delete', 'create']),
        change('google_pubsub_topic', ['no-op']),
      ),
    ).toEqual([]);
  });

  test('counts what changes', () => {
    expect(reviewPlan(plan(change('a', ['no-op']), change('a', ['read']), change('a', ['update'])))).toMatchObject({
      changes: 1,
    });
  });

  test('refuses what is no plan', () => {
    expect(reviewPlan({})).toMatchObject({ kind: 'unreadable' });
    expect(reviewPlan([])).toMatchObject({ kind: 'unreadable' });
  });
});

describe('npm run infra:review', () => {
  const review = (input: string) =>
    spawnSync(process.execPath, [resolve(import.meta.dirname, '../../infra/terraform/review.ts')], {
      input,
      encoding: 'utf8',
    });

  test('exits 0 for a harmless plan, 1 for one that loses something, and for what cannot be read', () => {
    expect(review(JSON.stringify(plan(change('google_pubsub_topic', ['create']))))).toMatchObject({
      status: 0,
      stdout: 'standard input: 1 changes, nothing that is stored is lost\n',
    });
    const harmful = review(JSON.stringify(plan(change('google_storage_bucket', ['delete']))));
    expect(harmful.status).toBe(1);
    expect(harmful.stdout).toContain('google_storage_bucket.x is "deleted": its objects would be lost');
    expect(review('no JSON')).toMatchObject({ status: 1, stdout: 'standard input: it cannot be read as JSON\n' });
  });
});
