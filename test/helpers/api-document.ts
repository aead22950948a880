import type { IncomingMessage, ServerResponse } from 'node:http';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { defaultIngestConfig } from '../../functions/ingest/config.ts';
import { openApiDocument } from '../../functions/ingest/openapi/document.ts';
import { asObject, isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../shared/event/json.ts';
import { pointerSegment } from '../../shared/event/json-pointer.ts';
import type { HttpHandler } from '../../shared/http/http.ts';

/** An answer, as the document of the API may or may not describe it. */
export interface SeenAnswer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** What servers add to each answer. */
const ofHttp = ['content-type', 'content-length', 'date', 'keep-alive', 'transfer-encoding'];

export interface AnswerCheck {
  /** What the document says otherwise; empty where the answer is as it says. */
  check(answer: SeenAnswer): string[];
}

/** Holds answers to the document: path, method, status, headers, media type and every member of the body. */
export function makeAnswerCheck(): AnswerCheck {
  const document = asObject(closed(openApiDocument(defaultIngestConfig)));
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ ...document, $id: 'edi:api' });
  const validators = new Map<string, ValidateFunction>();

  function validatorAt(pointer: string): ValidateFunction {
    const known = validators.get(pointer) ?? ajv.compile({ $ref: `edi:api#${pointer}` });
    validators.set(pointer, known);
    return known;
  }

  function check({ method, path, status, headers, body }: SeenAnswer): string[] {
    const { at, response } = responseOf(document, { method, path, status });
    if (response === undefined) return [`${method} ${path} is not said to answer ${status}`];
    const said = asObject(response['headers']);
    const unsaid = Object.keys(headers).filter((name) => !ofHttp.includes(name) && said[name] === undefined);
    const missing = Object.keys(said).filter((name) => isRequired(document, name) && headers[name] === undefined);
    const found = [
      ...unsaid.map((name) => `header ${name} is not said`),
      ...missing.map((name) => `no header ${name}`),
    ];
    const type = headers['content-type'];
    if (body === '' || method === 'HEAD') return found;
    if (typeof type !== 'string' || asObject(response['content'])[type] === undefined)
      return [...found, `media type ${type}`];
    const validate = validatorAt(`${at}/content/${pointerText(type)}/schema`);
    if (!validate(parseJson(body))) found.push(ajv.errorsText(validate.errors));
    return found;
  }

  return {
    check: (answer) => check(answer).map((what) => `${answer.method} ${answer.path} ${answer.status}: ${what}`),
  };
}

/** The handler, whose every answer is told when it is whole. */
export function watchAnswers(handler: HttpHandler, tell: (answer: SeenAnswer) => void): HttpHandler {
  return async (request, response) => {
    const chunks: string[] = [];
    const keep = (_: unknown, chunk: unknown) => {
      if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) chunks.push(chunk.toString());
    };
    response.write = keeping(response.write, keep);
    response.end = keeping(response.end, keep);
    const [method, path] = [request.method ?? '', pathOf(request)];
    response.once('finish', () => tell({ method, path, ...headOf(response), body: chunks.join('') }));
    await handler(request, response);
  };
}

function keeping<F extends ServerResponse['write'] | ServerResponse['end']>(
  method: F,
  keep: (self: unknown, chunk: unknown) => void,
): F {
  return new Proxy(method, {
    apply(target, self, args: unknown[]) {
      keep(self, args[0]);
      return Reflect.apply(target, self, args);
    },
  });
}

function headOf(response: ServerResponse) {
  return { status: response.statusCode, headers: { ...response.getHeaders() } };
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}

/** A segment of a JSON Pointer in a URI fragment. */
const pointerText = (name: string) => encodeURIComponent(pointerSegment(name));

/** Any other path, and any other method of one, are told in words: their answers are among the components. */
function responseOf(document: JsonObject, { method, path, status }: Pick<SeenAnswer, 'method' | 'path' | 'status'>) {
  const components = asObject(asObject(document['components'])['responses']);
  const component = (name: string) => ({ at: `/components/responses/${name}`, response: components[name] });
  const item = asObject(document['paths'])[path];
  const operation = asObject(item)[method.toLowerCase()];
  const found = (() => {
    if (item === undefined) return status === 404 ? component('Problem404') : undefined;
    if (operation === undefined) return status === 405 ? component('Problem405') : undefined;
    const response = asObject(asObject(operation)['responses'])[status];
    const name = /\/(\w+)$/.exec(String(asObject(response)['$ref'] ?? ''))?.[1];
    if (name !== undefined) return component(name);
    return { at: `/paths/${pointerText(path)}/${method.toLowerCase()}/responses/${status}`, response };
  })();
  return { at: found?.at ?? '', response: isJsonObject(found?.response) ? found.response : undefined };
}

function isRequired(document: JsonObject, header: string): boolean {
  return asObject(asObject(asObject(document['components'])['headers'])[header])['required'] === true;
}

/**
 * The document with nothing left open: objects have the members that are listed and no others, and names are among those
 * that are listed. Clients are told that more may come; an answer of today has none that the document does not say.
 */
function closed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(closed);
  if (!isJsonObject(value)) return value;
  const members = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, closed(member)]));
  const { 'x-extensible-enum': names } = value;
  if (names !== undefined) members['enum'] = names;
  if (isJsonObject(value['properties']) && value['type'] === 'object') members['additionalProperties'] = false;
  return members;
}
