import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addDeadLettersCommand } from '../../../infra/cli/dead-letters.ts';
import { createOperationsReader } from '../../../shared/adapters/gcp/operations-reader.ts';
import type { JsonObject, JsonValue } from '../../../shared/event/json.ts';
import { makeCollectingIo } from './collecting-io.ts';

const nowMillis = Date.UTC(2026, 10, 28, 12);

/** Cloud Monitoring's answer ("projects.timeSeries.list"): the newest point first. */
function series(name: string, ...values: number[]): JsonObject {
  return {
    resource: { type: 'pubsub_subscription', labels: { subscription_id: name } },
    points: values.map((value) => ({ value: { int64Value: String(value) } })),
  };
}

test('the backlog of an environment is what Cloud Monitoring saw last, page by page', async () => {
  const asked: URL[] = [];
  const pages: Readonly<Record<string, JsonValue>> = {
    'num_undelivered_messages ': { timeSeries: [series('second-line.dedup', 3, 9)], nextPageToken: 'more' },
    'num_undelivered_messages more': { timeSeries: [series('second-line.pseudonymize', 0, 1)] },
    'oldest_unacked_message_age ': { timeSeries: [series('second-line.dedup', 4_000), series('second-line.x', 0)] },
  };
  const reader = createOperationsReader({
    projectId: 'p',
    nowMillis: () => nowMillis,
    async getJson(text) {
      const url = new URL(text);
      asked.push(url);
      const [, metric] = /subscription\/(\w+)"/.exec(url.searchParams.get('filter') ?? '') ?? [];
      return pages[`${metric} ${url.searchParams.get('pageToken') ?? ''}`] ?? {};
    },
  });
  expect(await reader.backlogs('second-line.')).toEqual([
    { subscription: 'second-line.dedup', messages: 3, oldestSeconds: 4_000 },
    { subscription: 'second-line.pseudonymize', messages: 0 },
  ]);
  const [first] = asked;
  expect(first?.pathname).toBe('/v3/projects/p/timeSeries');
  expect(first?.searchParams.get('filter')).toContain('starts_with("second-line.")');
  expect(first?.searchParams.get('interval.endTime')).toBe('2026-11-28T12:00:00.000Z');
});

async function list(args: readonly string[], waiting: { subscription: string; messages: number }[]) {
  const io = makeCollectingIo();
  const program = new Command();
  const queries: string[] = [];
  addDeadLettersCommand(program, io, async (projectId) => ({
    backlogs: async () => waiting,
    async query(sql) {
      queries.push(`${projectId}: ${sql}`);
      return [{ place: 'dedup', reason: 'claims', messages: 2, events: 90, first_seen: 'a', last_seen: 'b' }];
    },
  }));
  await program.parseAsync(['dead-letters', 'list', ...args], { from: 'user' });
  return { text: io.outText(), queries };
}

test('list --env tells what waits and why, of the project of the environment', async () => {
  const waiting = [
    { subscription: 'second-line.dedup', messages: 2 },
    { subscription: 'second-line.pseudonymize', messages: 0 },
  ];
  const { text, queries } = await list(['--env', 'prod'], waiting);
  expect(text).toMatch(/second-line\.dedup \| 2 /);
  expect(text).not.toContain('second-line.pseudonymize');
  expect(text).toContain('claims');
  expect(queries[0]).toMatch(/^edi-prod-example: .*`edi-prod-example\.operations\.dead_letters`/s);
  const json: JsonValue = JSON.parse((await list(['--env', 'dev', '--json'], waiting)).text);
  expect(json).toMatchObject({ waiting, failed: [{ place: 'dedup', events: 90 }] });
});

test('list says so when nothing waits', async () => {
  expect((await list(['--env', 'dev'], [])).text).toContain('no dead letter waits');
});
