import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DiscardLimits } from '../../shared/http/body.ts';
import { answerEarly } from '../../shared/http/http.ts';

/** A request that fails as a whole: RFC 9457 problem details. */
export interface Problem {
  readonly kind: 'problem';
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 413 | 415 | 429 | 503;
  readonly title: string;
  /** What to do about it; no value of the request. */
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Extension members (section 3.2), beside the standard ones. */
  readonly members?: object;
}

/** What a request becomes. `sdk` is the key's, so that only the origins of its binding may read the answer. */
export type Answer =
  | { readonly kind: 'json'; readonly status: number; readonly value: object; readonly sdk?: string }
  | Problem;

export function problem(
  status: Problem['status'],
  title: string,
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
