import type { JsonObject } from '../../../shared/event/json.ts';
import { gzipNames } from '../content-coding.ts';
import { readHeaders } from '../cors.ts';

/** Headers of answers. Each answer has those of `always`, and of `sometimes` what its page may read. */
const answerHeaders: Readonly<Record<string, string>> = {
  'edi-registry-version': 'Version of the registry that the instance works with.',
  vary: '`origin`.',
  'access-control-allow-origin': 'The origin of the request, where a binding has it.',
  'access-control-allow-credentials': '`true`, beside the former.',
  'access-control-expose-headers': 'Beside the former.',
  'access-control-allow-methods': 'Of a preflight that is allowed.',
  'access-control-allow-headers': 'Of a preflight that is allowed.',
  'access-control-max-age': 'Of a preflight that is allowed: seconds.',
  allow: 'Methods of the path.',
  'www-authenticate': '`Bearer`.',
  'retry-after': 'Seconds after which to send the request again.',
  accept: 'Media types that hold events.',
  'accept-encoding': 'Codings of a body.',
  connection: '`close`.',
  'cache-control': 'How long it may be kept.',
};

const integers = ['edi-registry-version', 'access-control-max-age', 'retry-after'];
const always = ['edi-registry-version', 'vary'];
const ofPages = ['access-control-allow-origin', 'access-control-allow-credentials', 'access-control-expose-headers'];

export const ofPreflights = [
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-max-age',
] as const;

export function headerComponents(): JsonObject {
  return Object.fromEntries(
    Object.entries(answerHeaders).map(([name, description]) => [
      name,
      {
        description,
        required: always.includes(name),
        schema: integers.includes(name) ? { type: 'integer', minimum: 0 } : { type: 'string' },
      },
    ]),
  );
}

/** The headers of an answer: those of every answer, and these. */
export function headersOf(names: readonly string[]): JsonObject {
  const all = [...always, ...ofPages, ...names];
  return Object.fromEntries(all.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

const isTrace = (name: string) => ['traceparent', 'tracestate', 'baggage'].includes(name);

const meanings: Readonly<Record<string, { readonly description: string; readonly schema?: JsonObject }>> = {
  'content-encoding': {
    description: 'The body is plain or one gzip.',
    schema: { type: 'string', enum: [...gzipNames, 'identity'] },
  },
  'x-edi-sent-at': {
    description:
      "The client's clock as it sends, in RFC 3339 or in Unix milliseconds. It fills `corrected_time`; the event's own time stays.",
  },
  'x-edi-subject-token': {
    description: 'JWT that proves whom the request speaks for, where a realm of data subjects is verified.',
  },
  'ce-specversion': { description: 'Of an event in binary mode, which is recognised by it.', schema: { const: '1.0' } },
};

/** Request headers but for those that OpenAPI has other places for: `Authorization` and `Content-Type`. */
export function headerParameters(): JsonObject[] {
  const names = readHeaders.filter((name) => name !== 'authorization' && name !== 'content-type');
  return names.map((name) => {
    const { description, schema = { type: 'string' } } = meanings[name] ?? { description: otherHeader(name) };
    return { name, in: 'header', required: false, description, schema };
  });
}

function otherHeader(name: string): string {
  if (name.startsWith('ce-')) return `Attribute \`${name.slice(3)}\` of an event in binary mode, percent-encoded.`;
  if (isTrace(name)) return 'Of a tracing library; names the trace in logs, and is no part of an event.';
  throw new Error(`functions/ingest/openapi/headers.ts says nothing of the request header ${name}`);
}
