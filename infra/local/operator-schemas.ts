import type { IncomingMessage, ServerResponse } from 'node:http';
import { asObject, isJsonObject, parseJson } from '../../shared/event/json.ts';
import { readBody } from '../../shared/http/body.ts';
import { answerJson } from '../../shared/http/http.ts';
import type { ActiveRevision } from '../../shared/ports/registry.ts';
import { attemptJson } from '../../shared/publication/attempt.ts';
import type { SchemaUploads } from './schema-uploads.ts';

/** A schema of a MiB as JSON text, escaped. */
const maxBodyBytes = 4 * 1_048_576;

/** `POST /schemas` with `{"object": "shop/order.v1.json", "text": …}`: `{"generation": …}` of the stored object. */
export async function answerUploadSchema(
  schemas: SchemaUploads,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, maxBodyBytes);
  const upload = body.kind === 'body' ? readUpload(body.bytes) : undefined;
  if (upload === undefined) return answerJson(response, 400, { error: 'send {"object": "NAME", "text": "JSON"}' });
  try {
    answerJson(response, 200, await schemas.upload(upload.object, Buffer.from(upload.text)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    answerJson(response, 400, { error: error.message });
  }
}

/** `GET /schemas`: the registry's version, the active revision of each type with its stage, and the last attempt of each subject. */
export async function answerSchemas(schemas: SchemaUploads, response: ServerResponse): Promise<void> {
  const { registry, attempts } = await schemas.state();
  answerJson(response, 200, {
    version: registry.version,
    types: registry.revisions.map(withStage),
    attempts: attempts.map(attemptJson),
  });
}

/** What is told of a revision: of its schema the stage, since one that is retired is accepted no more. */
export function withStage({ schema, ...active }: ActiveRevision) {
  const { stage } = asObject(schema['edi']);
  return { ...active, stage: typeof stage === 'string' ? stage : 'unknown' };
}

function readUpload(bytes: Buffer): { readonly object: string; readonly text: string } | undefined {
  const value = parseJson(bytes.toString('utf8'));
  const { object, text } = isJsonObject(value) ? value : {};
  return typeof object === 'string' && typeof text === 'string' ? { object, text } : undefined;
}
