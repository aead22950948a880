import type { IncomingMessage, ServerResponse } from 'node:http';
import { isJsonObject, parseJson } from '../../shared/event/json.ts';
import { readBody } from '../../shared/http/body.ts';
import { answerJson } from '../../shared/http/http.ts';
import type { KeyAdmin } from '../../shared/write-keys/key-admin.ts';

/** An SDK's name or a key's id. */
const maxBodyBytes = 4_096;

/** `POST /keys` with `{"sdk": …}`: a `CreateKeyOutcome`. Of all answers only this one holds a key. */
export async function answerCreateKey(
  keys: KeyAdmin,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const sdk = await readText(request, 'sdk');
  if (sdk === undefined) return answerJson(response, 400, { error: 'send {"sdk": "NAME"}' });
  answerJson(response, 200, await keys.create(sdk));
}

/** `GET /keys`: `{"keys": [ListedKey, …]}`. */
export async function answerListKeys(keys: KeyAdmin, response: ServerResponse): Promise<void> {
  answerJson(response, 200, { keys: await keys.list() });
}

/** `POST /keys/revoke` with `{"keyId": …}`: a `RevokeKeyOutcome`. */
export async function answerRevokeKey(
  keys: KeyAdmin,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const keyId = await readText(request, 'keyId');
  if (keyId === undefined) return answerJson(response, 400, { error: 'send {"keyId": "16 hex digits"}' });
  answerJson(response, 200, await keys.revoke(keyId));
}

async function readText(request: IncomingMessage, name: string): Promise<string | undefined> {
  const body = await readBody(request, maxBodyBytes);
  if (body.kind !== 'body') return undefined;
  const value = parseJson(body.bytes.toString('utf8'));
  const text = isJsonObject(value) ? value[name] : undefined;
  return typeof text === 'string' ? text : undefined;
}
