import type { JsonValue } from '../../shared/event/json.ts';
import type { Environment } from '../environments/environment.ts';

/** What came of one item. `not-checked` is no success: `text` says why it could not be looked at. */
export interface Finding {
  readonly outcome: 'ok' | 'failed' | 'not-checked';
  readonly text: string;
}

export const ok = (text: string): Finding => ({ outcome: 'ok', text });
export const failed = (text: string): Finding => ({ outcome: 'failed', text });
export const notChecked = (text: string): Finding => ({ outcome: 'not-checked', text });

/** What `gcloud` answered: JSON, or text where a command prints no JSON; or that there is no such thing. */
export type Answer =
  | { readonly kind: 'told'; readonly value: JsonValue }
  | { readonly kind: 'not-there'; readonly problem: string };

/** One thing that has to be right before the first deployment, or the next. */
export interface PreflightItem {
  readonly name: string;
  /** What one sees where it is not. */
  readonly symptom: string;
  /** What to do then; `$PROJECT` and the other names are those of `placeholders`. */
  readonly fix: string;
  /** Arguments of `gcloud` that look, without changing anything. */
  commands(environment: Environment): readonly (readonly string[])[];
  /** Judges their answers, in the same order. */
  judge(answers: readonly Answer[], environment: Environment): Finding;
}

/** Values for the names that a fix is written with, and the README. */
function placeholders(environment: Environment): Readonly<Record<string, string>> {
  const { projectId, projectNumber, stateRegion, stateBucket, name, budget } = environment;
  return {
    $PROJECT: projectId,
    $NUMBER: projectNumber,
    $REGION: stateRegion,
    $BUCKET: stateBucket,
    $ENVIRONMENT: name,
    $BILLING_ACCOUNT: budget?.billingAccount ?? '000000-000000-000000',
  };
}

/** A text with the environment's own names. */
export function filledIn(text: string, environment: Environment): string {
  return Object.entries(placeholders(environment)).reduce((sum, [name, value]) => sum.replaceAll(name, value), text);
}
