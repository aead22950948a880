import { join } from 'node:path';
import { expect } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { projectFolder, type Spawned, spawnChild } from './local-process.ts';
import { webhookExamples } from './local-webhooks.ts';

/** Starts the `edi` command. */
export function spawnEdi(args: readonly string[], env: NodeJS.ProcessEnv): Spawned {
  const cli = join(projectFolder, 'infra/cli/main.ts');
  return spawnChild({ command: process.execPath, args: [cli, ...args], env });
}

/** Runs `edi demo` and answers its report; it has to exit 0 with every check of its own fulfilled. */
export async function demo(args: readonly string[], env: NodeJS.ProcessEnv): Promise<JsonObject> {
  const child = spawnEdi(['demo', ...args], env);
  const { code } = await child.exited;
  expect(code, child.stderr()).toBe(0);
  const report: JsonValue = JSON.parse(child.stdout());
  if (!isJsonObject(report)) throw new Error('the report is an object');
  expect(report).toMatchObject({ ok: true });
  return report;
}

/** A number of the report by its path, such as `sent.uniqueEvents`. */
export function numberAt(report: JsonObject, path: string): number {
  const found = path
    .split('.')
    .reduce<JsonValue | undefined>((at, name) => (isJsonObject(at) ? at[name] : undefined), report);
  if (typeof found !== 'number') throw new Error(`the report has no number ${path}`);
  return found;
}

/** GitHub's webhook events that have a schema here. */
const withSchema = ['push', 'pull_request', 'issues', 'issue_comment', 'star', 'fork', 'release', 'workflow_run'];
/** Payloads of those. */
export const webhooks = webhookExamples().filter(({ name }) => withSchema.includes(name)).length;

/** What the report says must add up, and hold every payload that has a schema. */
export function expectConsistent(report: JsonObject): void {
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
  const plays = numberAt(report, 'legacy.file.plays');
  expect(plays).toBeGreaterThan(0);
  expect(numberAt(report, 'legacy.rows')).toBe(plays);
  expect(numberAt(report, 'legacy.totals.accepted')).toBe(2 * plays);
  expect(numberAt(report, 'legacy.quarantined')).toBe(1);
}
