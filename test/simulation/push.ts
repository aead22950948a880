import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { HttpHandler } from '../../shared/http/http.ts';
import type { DeliveredMessage } from '../../shared/ports/publisher.ts';

/** Delivers a message as a push subscription does; answers with the HTTP status. */
export type Push = (message: DeliveredMessage) => Promise<number>;

/** Nothing is ever written to it: a request has to have one. */
const socket = new Socket();

/** A request without a network: the body is there, and the status is read when the handler is done. */
export function pushTo(handler: HttpHandler): Push {
  return async (message) => {
    const request = new IncomingMessage(socket);
    request.method = 'POST';
    request.url = '/';
    request.complete = true;
    request.push(bodyOf(message));
    request.push(null);
    const response = new ServerResponse(request);
    await handler(request, response);
    return response.statusCode;
  };
}

function bodyOf({ data, attributes, messageId, publishTimeMillis, subscription, deliveryAttempt }: DeliveredMessage) {
  const publishTime = new Date(publishTimeMillis).toISOString();
  const message = { data: Buffer.from(data).toString('base64'), attributes, messageId, publishTime };
  return JSON.stringify({ message, subscription, deliveryAttempt });
}
