import { isJsonObject, type JsonValue, parseJson } from '../../shared/event/json.ts';
import type { Environment } from '../environments/environment.ts';
import type { RunProcess } from '../run-process.ts';
import { type Answer, type Finding, filledIn, notChecked, type PreflightItem } from './item.ts';
import { preflightItems } from './items.ts';

export const preflightExitCodes = { ok: 0, failed: 1, usage: 2, notChecked: 3, interrupted: 130 } as const;

export interface PreflightPorts {
  readonly run: RunProcess;
  readonly say: (line: string) => void;
}

/** gcloud asks for minutes where a host does not answer. */
const timeoutMillis = 60_000;
const quiet = { CLOUDSDK_CORE_DISABLE_PROMPTS: '1' };
const maxProblemLength = 200;
const [nameWidth, outcomeWidth] = [37, 11];

/**
 * Looks at every item of an environment as far as the credentials of `gcloud` allow; without any it prints what to look at.
 * Nothing is changed. Answers with an exit code: 3 where something could not be looked at.
 */
export async function preflight(environment: Environment, ports: PreflightPorts): Promise<number> {
  const account = await signedIn(ports);
  if (account === undefined) {
    for (const line of gcloudLines(environment)) ports.say(line);
    return preflightExitCodes.notChecked;
  }
  ports.say(`# ${environment.name}, project ${environment.projectId}, as ${account}`);
  const outcomes: Finding['outcome'][] = [];
  for (const item of preflightItems) {
    const finding = await lookAt(item, environment, ports);
    if (finding === 'interrupted') return preflightExitCodes.interrupted;
    const { outcome, text } = finding;
    outcomes.push(outcome);
    const shown = outcome === 'not-checked' ? 'not checked' : outcome;
    ports.say(`${item.name.padEnd(nameWidth)} ${shown.padEnd(outcomeWidth)} ${text}`);
    if (outcome === 'failed') ports.say(`  ${filledIn(item.fix, environment)}`);
    if (outcome === 'not-checked') for (const command of item.commands(environment)) ports.say(`  ${lineOf(command)}`);
  }
  if (outcomes.includes('failed')) return preflightExitCodes.failed;
  return outcomes.includes('not-checked') ? preflightExitCodes.notChecked : preflightExitCodes.ok;
}

/** The account that gcloud works as; undefined where there is none, or no gcloud. */
async function signedIn({ run, say }: PreflightPorts): Promise<string | undefined> {
  const args = ['auth', 'list', '--filter=status:ACTIVE', '--format=json'];
  const { status, stdout } = await run({ command: 'gcloud', args, env: quiet, output: 'taken', timeoutMillis });
  if (status === undefined) {
    say('# gcloud is not installed, or does not answer; this is what there is to look at:');
    return undefined;
  }
  const accounts = parseJson(stdout);
  const [first] = Array.isArray(accounts) ? accounts.filter(isJsonObject) : [];
  if (typeof first?.['account'] === 'string') return first['account'];
  say('# gcloud has no account (gcloud auth login); this is what there is to look at:');
  return undefined;
}

async function lookAt(
  item: PreflightItem,
  environment: Environment,
  ports: PreflightPorts,
): Promise<Finding | 'interrupted'> {
  const answers: Answer[] = [];
  for (const args of item.commands(environment)) {
    const end = await ports.run({ command: 'gcloud', args, env: quiet, output: 'taken', timeoutMillis });
    if (end.interrupted) return 'interrupted';
    if (end.status === 0) {
      answers.push({ kind: 'told', value: readValue(end.stdout) });
      continue;
    }
    const problem = problemOf(end.stderr);
    if (!isNotThere(end.stderr)) return notChecked(problem);
    answers.push({ kind: 'not-there', problem });
  }
  return item.judge(answers, environment);
}

/** Some commands print text, whatever format they are asked for. */
function readValue(stdout: string): JsonValue {
  return parseJson(stdout) ?? stdout;
}

/** "does not exist, or you may not see it" is no answer. */
function isNotThere(stderr: string): boolean {
  return (
    /\bnot found\b|NOT_FOUND|\b404\b|matched no objects/i.test(stderr) &&
    !/permission|forbidden|\b403\b|may not exist/i.test(stderr)
  );
}

/** gcloud's first line of an error, without its own name. */
function problemOf(stderr: string): string {
  const line = stderr.split('\n').find((one) => one.startsWith('ERROR:')) ?? 'gcloud did not answer';
  return line.replace(/^ERROR: (?:\([\w.-]+\) )?/, '').slice(0, maxProblemLength);
}

/** What looks at each item, to be pasted into a shell. */
function gcloudLines(environment: Environment): string[] {
  return preflightItems.flatMap((item) => {
    const commands = item.commands(environment);
    if (commands.length === 0) return [];
    return [
      '',
      `# ${item.name}: ${filledIn(item.symptom, environment)}`,
      `#   fix: ${filledIn(item.fix, environment)}`,
      ...commands.map(lineOf),
    ];
  });
}

function lineOf(args: readonly string[]): string {
  return ['gcloud', ...args.map((arg) => (/^[\w@.:/=,-]+$/.test(arg) ? arg : `'${arg}'`))].join(' ');
}
