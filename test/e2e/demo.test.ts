import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { startLocal } from '../helpers/local-deployment.ts';
import { query, waitUntilIdle } from '../helpers/local-operator.ts';
import { makeScratchFolder, projectFolder, spawnChild } from '../helpers/local-process.ts';
import { webhookExamples } from '../helpers/local-webhooks.ts';

/** Runs `edi demo` and answers its report; it has to exit 0 with every check of its own fulfilled. */
async function demo(args: readonly string[], env: NodeJS.ProcessEnv): Promise<JsonObject> {
  const cli = join(projectFolder, 'infra/cli/main.ts');
  const child = spawnChild({ command: process.execPath, args: [cli, 'demo', ...args], env });
  const { code } = await child.exited;
  expect(code, child.stderr()).toBe(0);
  const report: JsonValue = JSON.parse(child.stdout());
  if (!isJsonObject(report)) throw new Error('the report is an object');
  expect(report).toMatchObject({ ok: true });
  return report;
}

/** A number of the report by its path, such as `sent.uniqueEvents`. */
function numberAt(report: JsonObject, path: string): number {
  const found = path
    .split('.')
    .reduce<JsonValue | undefined>((at, name) => (isJsonObject(at) ? at[name] : undefined), report);
  if (typeof found !== 'number') throw new Error(`the report has no number ${path}`);
  return found;
}

/** GitHub's webhook events that have a schema here. */
const withSchema = ['push', 'pull_request', 'issues', 'issue_comment', 'star', 'fork', 'release', 'workflow_run'];
const webhooks = webhookExamples().filter(({ name }) => withSchema.includes(name)).length;

/** What the report says must add up, and hold every payload that has a schema. */
function expectConsistent(report: JsonObject): void {
  const { tables, questions, answered } = report;
  const rejected = isJsonObject(answered) ? answered['rejected'] : undefined;
  if (!Array.isArray(tables) || !isJsonObject(rejected)) throw new Error('tables and rejections are missing');
  const unique = numberAt(report, 'sent.uniqueEvents');
  const accepted = numberAt(report, 'answered.accepted');
  const rows = (prefix: string) =>
    tables
      .filter((table) => isJsonObject(table) && String(table['type']).startsWith(prefix))
      .reduce<number>((sum, table) => sum + (isJsonObject(table) ? numberAt(table, 'exactRows') : 0), 0);
  expect(rows('github.')).toBe(webhooks);
  expect(rows('')).toBe(unique);
  expect(numberAt(report, 'sent.copies')).toBeGreaterThan(2 * unique);
  expect(accepted + numberAt(report, 'answered.duplicatesInRequest')).toBe(numberAt(report, 'sent.copies'));
  expect(accepted - numberAt(report, 'removedAsDuplicates')).toBe(unique);
  expect(Object.keys(rejected).sort()).toEqual(['envelope', 'schema', 'size', 'unknown-type']);
  expect(questions).toHaveLength(3);
}

describe('edi demo', () => {
  it('starts a deployment of its own when none answers, and leaves nothing behind', async () => {
    const scratch = makeScratchFolder();
    try {
      const env = { XDG_RUNTIME_DIR: scratch.path, TMPDIR: scratch.path };
      // Nothing listens on port 1: binding it takes privileges.
      const report = await demo(['--json', '--url', 'http://127.0.0.1:1'], env);
      expect(report).toMatchObject({ ownDeployment: true });
      expectConsistent(report);
      const left = readdirSync(scratch.path, { recursive: true, withFileTypes: true });
      expect(left.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual([]);
    } finally {
      scratch.remove();
    }
  }, 60_000);

  it('finds a running deployment by EDI_URL, and counts its own events however often it is run', async () => {
    await using deployment = await startLocal();
    const env = { ...deployment.env, EDI_URL: deployment.url };
    const first = await demo(['--json'], env);
    const second = await demo(['--json'], env);
    for (const report of [first, second]) {
      expect(report).toMatchObject({ ownDeployment: false, url: deployment.url });
      expectConsistent(report);
    }
    const unique = numberAt(first, 'sent.uniqueEvents');
    const status = await waitUntilIdle(deployment);
    expect(status['deadLetters']).toBe(0);
    expect(status['rows']).toBe(2 * unique);
    const [played] = await query(deployment, 'SELECT count(*) AS rows FROM events.playback_track_played_v1');
    expect(Number(played?.['rows'])).toBe(2 * (unique - webhooks));
  }, 60_000);
});
