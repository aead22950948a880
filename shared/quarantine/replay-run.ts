import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../event/json.ts';
import type { QuarantineCursor, QuarantineFilter } from '../ports/quarantine-records.ts';
import type { ReplayRequest, ReplayRun, ReplayTotals } from '../ports/replays.ts';

const states = ['running', 'interrupted', 'done'] as const;

/** A run as JSON, for storages and answers. `readReplayRun` is its inverse. */
export function replayRunJson({ request, totals, cursor, ...run }: ReplayRun): JsonObject {
  return {
    ...run,
    request: { ...request, filter: { ...request.filter } },
    totals: { ...totals, stay: { ...totals.stay } },
    ...(cursor === undefined ? {} : { cursor: { ...cursor } }),
  };
}

/** Undefined for what is no run: another release wrote it. */
export function readReplayRun(value: JsonValue | undefined): ReplayRun | undefined {
  if (!isJsonObject(value)) return undefined;
  const { id, leasedUntilMillis, startedAtMillis } = value;
  const [request, totals] = [readReplayRequest(value['request']), readTotals(value['totals'])];
  const state = states.find((name) => name === value['state']);
  if (typeof id !== 'string' || request === undefined || totals === undefined || state === undefined) return undefined;
  if (typeof leasedUntilMillis !== 'number' || typeof startedAtMillis !== 'number') return undefined;
  const [cursor, nextStepMillis] = [readCursor(value['cursor']), value['nextStepMillis']];
  return {
    ...{ id, request, totals, state, leasedUntilMillis, startedAtMillis },
    ...(cursor ? { cursor } : {}),
    ...(isMillis(nextStepMillis) ? { nextStepMillis } : {}),
  };
}

/** The run that a storage keeps as text. Throws where another release has left something else. */
export function parseReplayRun(text: string): ReplayRun {
  const run = readReplayRun(parseJson(text));
  if (run === undefined) throw new TypeError('the stored run of a replay cannot be read: another release wrote it');
  return run;
}

/** What a run is asked for, as JSON; undefined where a field is not what it has to be. */
export function readReplayRequest(value: JsonValue | undefined): ReplayRequest | undefined {
  if (!isJsonObject(value)) return undefined;
  const { limit, rate, dryRun = false } = value;
  const filter = readFilter(value['filter'] ?? {});
  if (filter === undefined || typeof dryRun !== 'boolean' || !isOptionalCount(limit) || !isOptionalCount(rate)) {
    return undefined;
  }
  return { filter, dryRun, ...(limit === undefined ? {} : { limit }), ...(rate === undefined ? {} : { rate }) };
}

function readFilter(value: JsonValue): QuarantineFilter | undefined {
  if (!isJsonObject(value)) return undefined;
  const { reason, type, recordKey, keptFromMillis, keptToMillis, ...others } = value;
  if (Object.keys(others).length > 0) return undefined;
  if (!isOptionalText(reason) || !isOptionalText(type) || !isOptionalText(recordKey)) return undefined;
  if (!isOptionalMillis(keptFromMillis) || !isOptionalMillis(keptToMillis)) return undefined;
  return {
    ...(reason === undefined ? {} : { reason }),
    ...(type === undefined ? {} : { type }),
    ...(recordKey === undefined ? {} : { recordKey }),
    ...(keptFromMillis === undefined ? {} : { keptFromMillis }),
    ...(keptToMillis === undefined ? {} : { keptToMillis }),
  };
}

function readCursor(value: JsonValue | undefined): QuarantineCursor | undefined {
  const { seal, recordKey } = isJsonObject(value) ? value : {};
  return typeof seal === 'string' && typeof recordKey === 'string' ? { seal, recordKey } : undefined;
}

function readTotals(value: JsonValue | undefined): ReplayTotals | undefined {
  if (!isJsonObject(value)) return undefined;
  const { records, read, replayed, replayedBefore, stay } = value;
  if (!isMillis(records) || !isMillis(read) || !isMillis(replayed) || !isMillis(replayedBefore)) return undefined;
  if (!isJsonObject(stay)) return undefined;
  const counts = Object.entries(stay).map(([reason, count]) => [reason, Number(count)] as const);
  return { records, read, replayed, replayedBefore, stay: Object.fromEntries(counts) };
}

function isOptionalText(value: JsonValue | undefined): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value.length > 0 && value.length <= 300);
}

function isOptionalCount(value: JsonValue | undefined): value is number | undefined {
  return value === undefined || (isMillis(value) && value > 0);
}

/** Of the years 1970 to 9999, which a TIMESTAMP takes. */
function isOptionalMillis(value: JsonValue | undefined): value is number | undefined {
  return value === undefined || (isMillis(value) && value <= Date.UTC(9999, 11, 31));
}

function isMillis(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
