import type { JsonObject } from '../../../shared/event/json.ts';
import { readReplayRun } from '../../../shared/quarantine/replay-run.ts';
import { CliError } from '../cli-error.ts';
import type { DemoRun } from '../demo/run.ts';
import { askLines, Broken } from '../function-target.ts';
import { isCheckName, type SmokeCheck, type SmokeCheckName, smokeChecks } from './checks.ts';
import { lookAtAcceptance, lookAtAuthentication, lookAtFrontDoor } from './door-checks.ts';
import { makeSmokeEvents, refusalReason } from './events.ts';
import { type Finding, failed, lookedAt, notChecked, ok, type Smoke } from './finding.ts';
import type { SmokePorts } from './ports.ts';
import { lookAtDedup, lookAtFreshness, lookAtPruning, lookAtQuarantine, lookAtRows } from './table-checks.ts';

/** Whose outcome has to be `ok` before a check means anything. */
const needs: Readonly<Partial<Record<SmokeCheckName, SmokeCheckName>>> = {
  authentication: 'front-door',
  acceptance: 'front-door',
  rows: 'acceptance',
  'push-authentication': 'acceptance',
  dedup: 'rows',
  quarantine: 'acceptance',
  replay: 'quarantine',
  freshness: 'rows',
};

/**
 * Sends three events of a type of its own through the front door of a deployment and looks what becomes of them. Answers with
 * every check, each told as soon as it is known. Leaves two rows, and of each day one record in quarantine. Rejects when
 * `ports.signal` is aborted.
 */
export async function runSmoke(
  ports: SmokePorts,
  run: DemoRun,
  onCheck: (check: SmokeCheck) => Promise<void>,
): Promise<readonly SmokeCheck[]> {
  const smoke: Smoke = { ports, events: makeSmokeEvents(run), startMillis: run.startMillis };
  const checks = new Map<SmokeCheckName, SmokeCheck>();
  let recordKey: string | undefined;
  const isOk = (name: SmokeCheckName) => checks.get(name)?.outcome === 'ok';
  const looks: Readonly<Record<SmokeCheckName, () => Promise<Finding>>> = {
    'front-door': () => lookAtFrontDoor(smoke),
    authentication: () => lookAtAuthentication(smoke),
    acceptance: () => lookAtAcceptance(smoke),
    rows: () => lookAtRows(smoke),
    'push-authentication': () => lookAtPushes(smoke, isOk('rows')),
    dedup: () => lookAtDedup(smoke),
    async quarantine() {
      const kept = await lookAtQuarantine(smoke);
      recordKey = kept.recordKey;
      return kept.finding;
    },
    replay: () => lookAtReplay(smoke, recordKey ?? ''),
    freshness: () => lookAtFreshness(smoke),
    pruning: () => lookAtPruning(smoke),
  };
  for (const name of Object.keys(smokeChecks).filter(isCheckName)) {
    const [lack, before] = [ports.lacks[name], needs[name]];
    const blocked = before !== undefined && !isOk(before) ? `it needs "${before}" first` : undefined;
    const why = lack ?? blocked;
    const finding = why === undefined ? await lookedAt(looks[name]) : notChecked(why);
    ports.signal.throwIfAborted();
    checks.set(name, { name, ...finding });
    await onCheck({ name, ...finding });
  }
  return [...checks.values()];
}

async function lookAtPushes({ ports, startMillis }: Smoke, isThrough: boolean): Promise<Finding> {
  if (ports.pushLogs === undefined) return notChecked('nothing here logs how pushes were judged');
  const { removedAt, refusal: why } = await ports.pushLogs(startMillis);
  if (!isThrough) {
    return why === undefined
      ? notChecked('no row came, and no log line says that a push was refused')
      : failed(`pushes are refused: ${why}`);
  }
  return removedAt === undefined
    ? ok('signatures were verified: no function tells that Cloud Run takes them out')
    : ok(
        `Cloud Run takes signatures out after its own check; tokens are judged by their claims (last told at ${removedAt})`,
      );
}

/** A record that is still wrong stays: the function has found, opened and judged it, and published nothing. */
async function lookAtReplay({ ports }: Smoke, recordKey: string): Promise<Finding> {
  const authorization = await ports.replay.authorization().catch((error: unknown) => {
    if (error instanceof CliError) return error;
    throw error;
  });
  if (authorization instanceof CliError) return notChecked(authorization.message);
  const target = { ...ports.replay, authorization: async () => authorization };
  let last: JsonObject = {};
  try {
    for await (const line of askLines(target, { filter: { recordKey }, dryRun: false }, ports.signal)) last = line;
  } catch (error) {
    if (error instanceof Broken) return failed('the function replay does not answer, or broke off');
    // One run at a time: somebody else's is no fault of the deployment.
    if (error instanceof CliError && error.message.includes('another replay runs')) return notChecked(error.message);
    throw error;
  }
  const totals = readReplayRun(last['run'])?.totals;
  if (last['end'] !== 'done' || totals === undefined) {
    return failed(`the run did not end: ${String(last['error'] ?? last['end'] ?? 'nothing was answered')}`);
  }
  const { replayed, replayedBefore, stay } = totals;
  return replayed + replayedBefore === 0 && stay[refusalReason] === 1 && Object.keys(stay).length === 1
    ? ok(`the record was opened, and stays: ${refusalReason}`)
    : failed(
        `one record has to stay as "${refusalReason}"; the run says ${JSON.stringify({ replayed, replayedBefore, stay })}`,
      );
}
