import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/event/json.ts';
import { eventMediaTypes, unaskedTypes } from '../body-format.ts';
import type { IngestConfig } from '../config.ts';
import { problems } from '../problem.ts';
import { isPath, methods } from '../routes.ts';
import { headerComponents, headerParameters, headersOf, ofPreflights } from './headers.ts';
import { problemSchema, schemasOf } from './schemas.ts';

type Path = keyof typeof methods;
type Status = keyof typeof problems;

const json = 'application/json';
const refTo = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
const contentOf = (schema: JsonObject, type = json): JsonObject => ({ [type]: { schema } });

/** Headers that belong to the problems of a status. */
const problemHeaders: Readonly<Partial<Record<Status, readonly string[]>>> = {
  401: ['www-authenticate'],
  405: ['allow'],
  408: ['connection'],
  415: ['accept', 'accept-encoding'],
  429: ['retry-after'],
  503: ['retry-after'],
};

function problemAnswer(status: Status): JsonObject {
  const description = Object.entries(problems[status]).map(([title, when]) => `${title}: ${when}.`);
  return {
    description: description.join('\n'),
    headers: headersOf(problemHeaders[status] ?? []),
    content: contentOf(problemSchema(status), 'application/problem+json'),
  };
}

const responseName = (status: string) => `Problem${status}`;

/** Problems of a path; of a method that it does not take, too. */
function problemsOf(...statuses: readonly Status[]): JsonObject {
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/${responseName(String(status))}` }]),
  );
}

function answerOf(description: string, schema: JsonObject, headers: readonly string[] = []): JsonObject {
  return { description, headers: headersOf(headers), content: contentOf(schema) };
}

function preflight(path: Path): JsonObject {
  return {
    operationId: `preflight${nameOf(path)}`,
    summary: 'Whether a page may ask',
    description:
      'Origins of all bindings may: a preflight has no key. An answer is for the origins of its own binding.',
    security: [],
    responses: { 204: { description: 'Said in headers.', headers: headersOf(['allow', ...ofPreflights]) } },
  };
}

function requestBody(): JsonObject {
  const [batch, ...others] = eventMediaTypes;
  const either = {
    oneOf: [refTo('Batch'), refTo('Event'), { description: "An event's data, in binary mode.", type: 'object' }],
  };
  const schemas: Record<(typeof others)[number], JsonObject> = {
    'application/cloudevents+json': refTo('Event'),
    [json]: { anyOf: either.oneOf },
  };
  const ofPages = Object.entries(unaskedTypes).map(([type, format]) => {
    const text = {
      type: 'string',
      description: 'The JSON of an event or of a batch, from a page that can set no header.',
    };
    return [type, { schema: format === 'form' ? refTo('Form') : text }];
  });
  return {
    required: true,
    description:
      'Any other JSON type is as `application/json`. With `ce-` headers a JSON type, or none, holds the data of an event in binary mode.',
    content: {
      ...contentOf(refTo('Batch'), batch),
      ...Object.fromEntries(others.map((type) => [type, { schema: schemas[type] }])),
      ...Object.fromEntries(ofPages),
    },
  };
}

function operations(): Record<Path, JsonObject> {
  return {
    '/v1/events': {
      post: {
        operationId: 'sendEvents',
        summary: 'Takes events, and answers for each when that is stored',
        description:
          'A resend is the same bytes: it is accepted again and removed later. What is answered neither 200 nor with a problem of the request itself is sent again, as `GET /v1/policy` says.',
        security: [{ bearer: [] }, { key: [] }],
        parameters: headerParameters(),
        requestBody: requestBody(),
        responses: {
          200: answerOf(
            'Every event has its outcome. What was accepted or is in quarantine is stored.',
            refTo('Answer'),
          ),
          ...problemsOf(400, 401, 403, 405, 408, 413, 415, 429, 503),
        },
      },
    },
    '/v1/policy': {
      get: {
        operationId: 'getPolicy',
        summary: 'When to send again, and what a request may hold',
        description: "With a key it is the policy of the key's SDK.",
        security: [{}, { bearer: [] }, { key: [] }],
        responses: { 200: answerOf('The policy.', refTo('Policy')), ...problemsOf(405, 503) },
      },
    },
    '/v1/openapi.json': {
      get: {
        operationId: 'getDescription',
        summary: 'This document, with the limits of the deployment',
        security: [],
        responses: {
          200: answerOf('An OpenAPI 3.1 document.', { type: 'object' }, ['cache-control']),
          ...problemsOf(405),
        },
      },
    },
    '/health': {
      get: {
        operationId: 'getHealth',
        summary: 'Whether schemas are loaded',
        security: [],
        responses: {
          200: answerOf('They are.', refTo('Health')),
          503: answerOf('Not yet.', refTo('Health')),
          ...problemsOf(405),
        },
      },
    },
  };
}

/** The operations of a path, of every method that the code takes there. */
function pathItem(path: Path, item: JsonObject): JsonObject {
  const entries = methods[path].split(', ').map((method): [string, JsonValue] => {
    const name = method.toLowerCase();
    if (method === 'OPTIONS') return [name, preflight(path)];
    const operation = item[method === 'HEAD' ? 'get' : name];
    if (!isJsonObject(operation)) {
      throw new Error(`functions/ingest/openapi/document.ts says nothing of ${method} ${path}`);
    }
    return [name, method === 'HEAD' ? { ...operation, operationId: `${operation['operationId']}Head` } : operation];
  });
  return Object.fromEntries(entries);
}

function nameOf(path: Path): string {
  const [first = '', ...rest] = path.replace(/^\/v1/, '').replace(/[^a-z]/g, '');
  return `${first.toUpperCase()}${rest.join('')}`;
}

function pathsOf(): JsonObject {
  const made = operations();
  const paths = Object.keys(methods).filter(isPath);
  return Object.fromEntries(paths.map((path) => [path, pathItem(path, made[path])]));
}

const description = `Takes CloudEvents over HTTP from SDKs, decides each, and answers when what it decided is stored.

Any other path is answered 404, any other method of a path 405. Answers and problems hold no value of an event but its own
\`id\`. Names that are listed here stay; more of them may come, and so may members of an answer.`;

/** The receiver API as an OpenAPI 3.1 document, with the limits of these settings. `openapi.json` is that of the defaults. */
export function openApiDocument(config: IngestConfig): JsonObject {
  const statuses = Object.keys(problems).map(Number) as Status[];
  return {
    openapi: '3.1.1',
    info: {
      title: 'Receiver of events',
      version: '1',
      description,
      license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'Where this document is.' }],
    paths: pathsOf(),
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The write key.' },
        key: { type: 'apiKey', in: 'query', name: 'key', description: 'The write key, from a beacon.' },
      },
      headers: headerComponents(),
      responses: Object.fromEntries(statuses.map((status) => [responseName(String(status)), problemAnswer(status)])),
      schemas: schemasOf(config),
    },
  };
}
