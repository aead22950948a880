import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Server } from 'node:http';
import type { HttpHandler } from './http.ts';

/**
 * Lets a handler answer the requests of functions-framework's server in this process itself, from the first one on:
 * `takeOver`. The framework still loads the function, listens and ends the process. Servers of others are left alone. Call
 * it once.
 */
export function answerDirectly(handler: HttpHandler): void {
  const onRequest = (message: unknown) => {
    const server = serverOf(message);
    if (server === undefined || !isFramework(server)) return;
    unsubscribe(requestStart, onRequest);
    // The request that is told of here has not been given to the listeners yet.
    takeOver(server, handler);
  };
  subscribe(requestStart, onRequest);
}

/**
 * Takes the place of the Express application that functions-framework gave a server. That runs each request through a
 * dozen of middlewares, none of which does anything for a function that reads its own body, and in a `node:domain`; and
 * once a process has made a domain, every promise in it costs ten times as much, for good.
 *
 * What the application would do, and nobody does now: the label `execution_id` on log lines, where `LOG_EXECUTION_ID` asks
 * for it (the handlers' own lines have the trace); `req.body`; a 500 for what a handler throws, whose connection is ended
 * here instead. What throws outside of a promise ends the process, as it does in any server of Node.
 */
export function takeOver(server: Server, handler: HttpHandler): void {
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    handler(request, response).catch(() => response.destroy());
  });
}

const requestStart = 'http.server.request.start';

function serverOf(message: unknown): Server | undefined {
  const { server } = typeof message === 'object' && message !== null && 'server' in message ? message : {};
  return server instanceof Server ? server : undefined;
}

/** Whether an Express application alone answers its requests. */
function isFramework(server: Server): boolean {
  const [listener, ...others] = server.listeners('request');
  return listener !== undefined && others.length === 0 && 'mountpath' in listener && 'handle' in listener;
}
