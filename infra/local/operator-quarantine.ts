import type { IncomingMessage, ServerResponse } from 'node:http';
import { isJsonObject, parseJson } from '../../shared/event/json.ts';
import { readBody } from '../../shared/http/body.ts';
import { answerJson } from '../../shared/http/http.ts';
import type { ReplayRequest } from '../../shared/quarantine/replay.ts';
import type { LocalQuarantine } from './local-quarantine.ts';

/** A reason, a type and a seal. */
const maxBodyBytes = 4_096;

/** `GET /quarantine`: `{"groups": [ListedQuarantine, …]}`. */
export async function answerQuarantine(quarantine: LocalQuarantine, response: ServerResponse): Promise<void> {
  answerJson(response, 200, { groups: await quarantine.list({}) });
}

/** `POST /quarantine/replay` with a `ReplayRequest`: a `ReplayResult`. */
export async function answerReplay(
  quarantine: LocalQuarantine,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, maxBodyBytes);
  const wanted = body.kind === 'body' ? readRequest(body.bytes) : undefined;
  if (wanted === undefined) {
    const error = 'send {"reason": "REASON", "dryRun": false} and, where wanted, "type", "afterSeal" and "limit"';
    return answerJson(response, 400, { error });
  }
  answerJson(response, 200, await quarantine.replay(wanted));
}

function readRequest(bytes: Buffer): ReplayRequest | undefined {
  const value = parseJson(bytes.toString('utf8'));
  const { reason, type, afterSeal, limit, dryRun } = isJsonObject(value) ? value : {};
  if (typeof reason !== 'string' || typeof dryRun !== 'boolean') return undefined;
  if (type !== undefined && typeof type !== 'string') return undefined;
  if (afterSeal !== undefined && typeof afterSeal !== 'string') return undefined;
  if (limit !== undefined && !(typeof limit === 'number' && Number.isSafeInteger(limit) && limit > 0)) {
    return undefined;
  }
  return {
    reason,
    dryRun,
    ...(type === undefined ? {} : { type }),
    ...(afterSeal === undefined ? {} : { afterSeal }),
    ...(limit === undefined ? {} : { limit }),
  };
}
