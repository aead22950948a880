import type { JsonObject } from '../../../shared/event/json.ts';

/** What a smoke test checks, in the order in which it does; the text is for people who read the list. */
export const smokeChecks = {
  'front-door': 'ingest answers where clients send, and has schemas',
  authentication: 'nobody is let in without a key, or with a wrong one',
  acceptance: 'an event is accepted',
  rows: 'it becomes one row of the exact view, pseudonymized',
  'push-authentication': 'pushes are let in, and how their tokens were judged',
  dedup: 'the same event, sent again, stays one row',
  quarantine: 'a refused event is kept, with its reason',
  replay: 'the function replay opens that record, and leaves it, since it is still wrong',
  freshness: 'from receipt to row within five minutes, by the view that operators read',
  pruning: 'a filter on time makes a query of the exact view read less',
} as const;

export type SmokeCheckName = keyof typeof smokeChecks;

export function isCheckName(name: string): name is SmokeCheckName {
  return Object.hasOwn(smokeChecks, name);
}

/** What came of one of them. `not-checked` is no success: `text` says what kept it from being looked at. */
export interface SmokeCheck {
  readonly name: SmokeCheckName;
  readonly outcome: 'ok' | 'failed' | 'not-checked';
  /** What was seen, and what to do where it is not right. No value of a key. */
  readonly text: string;
}

/** Exit codes of the command: a deployment that was not looked at is not told to be well. */
const smokeExitCodes = { ok: 0, failed: 1, notChecked: 3 } as const;

/** What a kind of deployment has nothing to look at for, and why. */
export type Lacks = Readonly<Partial<Record<SmokeCheckName, string>>>;

/** Of all checks, but for those that the deployment lacks what to look at for. */
export function exitCodeOf(checks: readonly SmokeCheck[], lacks: Lacks): number {
  if (checks.some(({ outcome }) => outcome === 'failed')) return smokeExitCodes.failed;
  const open = checks.some(({ name, outcome }) => outcome === 'not-checked' && lacks[name] === undefined);
  return open ? smokeExitCodes.notChecked : smokeExitCodes.ok;
}

const outcomeTexts = { ok: 'ok', failed: 'failed', 'not-checked': 'not checked' } as const;
const [nameWidth, outcomeWidth] = [19, 11];

/** A line a check. */
export function checkLine({ name, outcome, text }: SmokeCheck): string {
  return `${name.padEnd(nameWidth)} ${outcomeTexts[outcome].padEnd(outcomeWidth)} ${text}\n`;
}

export function smokeJson(target: string, checks: readonly SmokeCheck[]): JsonObject {
  return { target, checks: checks.map((check) => ({ ...check, what: smokeChecks[check.name] })) };
}
