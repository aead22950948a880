import { readFileSync } from 'node:fs';
import type { JsonValue } from '../../shared/event/json.ts';
import { reviewPlan } from '../checks/plan-review.ts';
import { formatViolation } from '../checks/violation.ts';

/** `npm run infra:review [-- FILE…]`: reviews plans as `terraform show -json PLAN` prints them, standard input by default. */
function main(files: readonly string[]): number {
  const lost = (files.length === 0 ? ['-'] : files).map(reviewFile);
  return lost.every((passed) => passed) ? 0 : 1;
}

function reviewFile(file: string): boolean {
  const name = file === '-' ? 'standard input' : file;
  const say = (line: string) => process.stdout.write(`${name}: ${line}\n`);
  const plan = readJson(file);
  const review = plan === undefined ? undefined : reviewPlan(plan);
  if (review === undefined || review.kind === 'unreadable') {
    say(review?.problem ?? 'it cannot be read as JSON');
    return false;
  }
  const { changes, violations } = review;
  if (violations.length === 0) say(`${changes} changes, nothing that is stored is lost`);
  else say(`${changes} changes, these would lose what is stored:\n${violations.map(formatViolation).join('\n')}`);
  return violations.length === 0;
}

function readJson(file: string): JsonValue | undefined {
  try {
    return JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch {
    return undefined;
  }
}

process.exitCode = main(process.argv.slice(2));
