import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DiscardLimits } from '../../shared/http/body.ts';
import { answerEarly } from '../../shared/http/http.ts';

/**
 * Every way in which a request fails as a whole, by status and title, and when it does. The titles are part of the receiver
 * API; all are of the type `about:blank`, since the status says what to do.
 */
export const problems = {
  400: {
    'Incomplete body': 'the connection ended before the body did',
    'Empty body': 'there is no body',
    'Not gzip': 'Content-Encoding says gzip, and the body is no whole gzip stream',
    'Compressed without saying so': 'the body is gzip once more than Content-Encoding says',
    'Not UTF-8': 'the body is no UTF-8',
    'Not JSON': 'the body cannot be parsed',
    'Not a batch': 'a batch that is no array',
    'Not an event': 'an event that is an array',
    'Neither event nor batch': 'the body is neither an object nor an array',
    'Empty batch': 'the array is empty',
  },
  401: { 'Write key needed': 'the write key is missing, unknown or revoked' },
  403: { 'SDK may not send': 'the SDK of the write key has no binding' },
  404: { 'No such path': 'there is no such path' },
  405: { 'Method not allowed': 'the path does not take the method' },
  408: { 'Body too slow': 'the body came too slowly; the connection is closed' },
  413: {
    'Body too large': 'the body is too large as sent or inflated',
    'Too many events': 'the request holds too many events',
  },
  415: {
    'Unsupported content type': 'the media type is none that holds events',
    'Unsupported charset': 'the charset is not UTF-8',
    'Unsupported content encoding': 'the body is neither plain nor one gzip',
  },
  429: { 'Too many requests': 'the instance, or the share of the client or of its secret key, is full' },
  503: { 'Not stored': 'nothing of the request is known to be stored, or nothing of it could be decided now' },
} as const;

type Status = keyof typeof problems;

/** A request that fails as a whole: RFC 9457 problem details. */
export interface Problem {
  readonly kind: 'problem';
  readonly status: Status;
  readonly title: string;
  /** What to do about it; no value of the request. */
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Extension members (section 3.2), beside the standard ones. */
  readonly members?: object;
}

/** What a request becomes. `sdk` is the key's, so that only the origins of its binding may read the answer. */
export type Answer =
  | {
      readonly kind: 'json';
      readonly status: number;
      /** JSON. */
      readonly body: string;
      readonly sdk?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | Problem;

export function problem<S extends Status>(
  status: S,
  title: keyof (typeof problems)[S] & string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Problem {
  return { kind: 'problem', status, title, detail, headers };
}

/** Answers although the body of the request may still be on its way. */
export function answerProblem({
  request,
  response,
  refusal,
  limits,
}: {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly refusal: Problem;
  readonly limits: DiscardLimits;
}): void {
  const { status, title, detail, members } = refusal;
  const body = JSON.stringify({ type: 'about:blank', status, title, detail, ...members });
  const headers = { 'content-type': 'application/problem+json', ...refusal.headers };
  answerEarly(request, response, { status, headers, body, limits });
}
