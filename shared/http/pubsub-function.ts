import type { IncomingHttpHeaders } from 'node:http';
import { describeError } from '../observe/describe-error.ts';
import type { Observer } from '../observe/observer.ts';
import { traceFields } from '../observe/trace.ts';
import type { Lines } from '../operations/lines.ts';
import type { RedeliveryReason } from '../outcome/outcome.ts';
import type { DeliveredMessage } from '../ports/publisher.ts';
import type { PushAuthenticator } from '../ports/push-authenticator.ts';
import { Unavailable } from '../ports/unavailable.ts';
import { readBody, takeOverBodies } from './body.ts';
import { answer, type HttpHandler } from './http.ts';
import { parsePushBody } from './push-body.ts';
import { pushLogTexts } from './push-log.ts';

/** What becomes of a delivered message: `done` acknowledges it, `retry` leaves it to Pub/Sub's redelivery. */
export type StageOutcome = { readonly kind: 'done' } | { readonly kind: 'retry'; readonly reason: RedeliveryReason };

export interface PubSubFunctionOptions {
  /** Name in logs. */
  readonly name: string;
  readonly stage: (message: DeliveredMessage) => Promise<StageOutcome>;
  /** What becomes of messages that are old or fail. */
  readonly lines: Lines;
  readonly observer: Observer;
  /** Checks who pushes, before the body is read. Absent inside one process, where nobody else reaches the function. */
  readonly authenticator?: PushAuthenticator;
  /** A message of 10 MB in base64, its attributes and the wrapping. Default 16 MiB. */
  readonly maxPushBytes?: number;
}

/** The function as pushes over HTTP reach it, and a bus in the same process. */
export interface PubSubFunction extends HttpHandler {
  /** Takes a message that nobody needs to show a token for. Answers with the status that a push of it would be answered with. */
  readonly take: (message: DeliveredMessage) => Promise<204 | 503>;
}

/** Whether the function of a handler takes messages of a bus in this process. */
export function isPubSubFunction(handler: HttpHandler): handler is PubSubFunction {
  return 'take' in handler;
}

const defaultMaxPushBytes = 16 * 1_048_576;

/**
 * The HTTP function around a Pub/Sub stage: reads the push body, runs the stage, and answers 204 to acknowledge or 503
 * to have it redelivered with the subscription's backoff. A bug or lost infrastructure is a 503, too: nothing that was
 * acknowledged to a client may be lost to an exception; the second line tries what fails for good.
 */
export function makePubSubFunction(options: PubSubFunctionOptions): PubSubFunction {
  const { name, stage, lines, observer, authenticator, maxPushBytes = defaultMaxPushBytes } = options;
  takeOverBodies();

  async function run(message: DeliveredMessage): Promise<StageOutcome> {
    try {
      return (await lines.purge(message)) ? { kind: 'done' } : await stage(message);
    } catch (error) {
      const lost = error instanceof Unavailable;
      observer.log(
        lost ? 'WARNING' : 'ERROR',
        lost ? 'dependency unavailable' : 'unexpected error',
        describeError(error),
      );
      return { kind: 'retry', reason: lost ? error.dependency : 'unexpected-error' };
    }
  }

  let isRemovalTold = false;
  /** Once an instance: nothing but a deployment shows whether Cloud Run does it. */
  function tellRemoval(): void {
    if (isRemovalTold) return;
    isRemovalTold = true;
    observer.log('INFO', `${name}: ${pushLogTexts.signatureRemoved}, their tokens are judged by their claims`);
  }

  /** The status for a caller that may not push, or cannot be known now. */
  async function refuse({ authorization, ...others }: IncomingHttpHeaders): Promise<401 | 503 | undefined> {
    if (authenticator === undefined) return undefined;
    const serverless = others['x-serverless-authorization'];
    try {
      const checked = await authenticator.check(
        authorization,
        serverless === undefined ? undefined : String(serverless),
      );
      if (checked.kind === 'authentic') {
        if (checked.signature === 'removed') tellRemoval();
        return undefined;
      }
      observer.log('WARNING', `${name}: ${pushLogTexts.refused}`, { reason: checked.problem });
      return 401;
    } catch (error) {
      observer.log('WARNING', 'dependency unavailable', describeError(error));
      return 503;
    }
  }

  async function take(message: DeliveredMessage): Promise<204 | 503> {
    const outcome = await run(message);
    if (outcome.kind === 'done' || (await lines.failed(message, outcome.reason))) return 204;
    observer.count('stage-retries', 1, outcome.reason);
    const { messageId, deliveryAttempt = 0 } = message;
    observer.log('WARNING', `${name}: to be redelivered`, { reason: outcome.reason, messageId, deliveryAttempt });
    return 503;
  }

  const handler: HttpHandler = async (request, response) => {
    if (request.method !== 'POST') return answer(response, 405, { headers: { allow: 'POST' } });
    const refusal = await refuse(request.headers);
    if (refusal !== undefined) return answer(response, refusal);
    const body = await readBody(request, maxPushBytes);
    const message = body.kind === 'body' ? parsePushBody(body.bytes) : undefined;
    if (message === undefined) {
      observer.log('ERROR', 'not a Pub/Sub push body', { ...traceFields(request.headers), body: body.kind });
      return answer(response, 400);
    }
    return answer(response, await take(message));
  };
  return Object.assign(handler, { take });
}
