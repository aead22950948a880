import type { IncomingMessage, ServerResponse } from 'node:http';
import { isJsonObject, parseJson } from '../../shared/event/json.ts';
import { readBody } from '../../shared/http/body.ts';
import { answerJson } from '../../shared/http/http.ts';
import type { LegacyUpload, LegacyUploads } from './legacy-uploads.ts';

const maxBodyBytes = 4 * 1_048_576;

/** `POST /legacy` with `{"name", "mapping": text, "path"}`: `{"key", "sizeBytes"}` of the upload. */
export async function answerUploadLegacy(
  legacy: LegacyUploads,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, maxBodyBytes);
  const upload = body.kind === 'body' ? readUpload(body.bytes) : undefined;
  if (upload === undefined) return answerJson(response, 400, { error: 'send {"name", "mapping": "JSON", "path"}' });
  try {
    answerJson(response, 200, await legacy.upload(upload));
  } catch (error) {
    if (!(error instanceof Error && ('code' in error || error instanceof RangeError))) throw error;
    answerJson(response, 400, {
      error: 'code' in error ? `the file cannot be read: ${String(error.code)}` : error.message,
    });
  }
}

/** `GET /legacy/<key>`: `{"state"}`, null before the export was begun. */
export async function answerLegacyState(legacy: LegacyUploads, key: string, response: ServerResponse): Promise<void> {
  answerJson(response, 200, { state: (await legacy.state(key)) ?? null });
}

/** `GET /legacy`: `{"states": […]}`, of every file. */
export async function answerLegacyStates(legacy: LegacyUploads, response: ServerResponse): Promise<void> {
  answerJson(response, 200, { states: await legacy.states() });
}

function readUpload(bytes: Buffer): LegacyUpload | undefined {
  const value = parseJson(bytes.toString('utf8'));
  const { name, mapping, path } = isJsonObject(value) ? value : {};
  const isUpload = typeof name === 'string' && typeof mapping === 'string' && typeof path === 'string';
  return isUpload && /^[a-z][a-z0-9-]*$/.test(name) ? { name, mapping, path } : undefined;
}
