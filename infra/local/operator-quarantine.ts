import type { IncomingMessage, ServerResponse } from 'node:http';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { readBody } from '../../shared/stage/body.ts';
import { answerJson } from '../../shared/stage/http.ts';
import type { QuarantineAdmin } from './quarantine-admin.ts';

/** A reason, a type and a few settings. */
const maxBodyBytes = 4_096;

/** `POST /quarantine/list` with `{"reason"?, "type"?}`: `{"groups": [QuarantineGroup, …]}`. */
export async function answerListQuarantine(
  quarantine: QuarantineAdmin,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const filter = await readFilter(request);
  if (filter === undefined) return answerJson(response, 400, { error: 'send {"reason"?, "type"?}' });
  answerJson(response, 200, { groups: await quarantine.list(filter.texts) });
}

/** `POST /quarantine/replay` with `{"reason"?, "type"?, "limit"?, "dryRun"?}`: a `ReplayReport`. */
export async function answerReplay(
  quarantine: QuarantineAdmin,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const filter = await readFilter(request);
  const { limit, dryRun = false } = filter?.body ?? {};
  const isLimit = limit === undefined || (typeof limit === 'number' && Number.isSafeInteger(limit) && limit > 0);
  if (filter === undefined || !isLimit || typeof dryRun !== 'boolean') {
    return answerJson(response, 400, { error: 'send {"reason"?, "type"?, "limit"?, "dryRun"?}' });
  }
  const report = await quarantine.replay({ ...filter.texts, dryRun, ...(limit === undefined ? {} : { limit }) });
  answerJson(response, 200, { ...report });
}

interface Filter {
  readonly body: JsonObject;
  readonly texts: { readonly reason?: string; readonly type?: string };
}

async function readFilter(request: IncomingMessage): Promise<Filter | undefined> {
  const read = await readBody(request, maxBodyBytes);
  if (read.kind !== 'body') return undefined;
  try {
    const body: JsonValue = JSON.parse(read.bytes.toString('utf8'));
    if (!isJsonObject(body)) return undefined;
    const { reason, type } = body;
    if (![reason, type].every((text) => text === undefined || typeof text === 'string')) return undefined;
    return {
      body,
      texts: { ...(typeof reason === 'string' ? { reason } : {}), ...(typeof type === 'string' ? { type } : {}) },
    };
  } catch {
    return undefined;
  }
}
