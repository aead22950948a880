import type { IncomingMessage, ServerResponse } from 'node:http';
import { http } from '@google-cloud/functions-framework';
import { answerDirectly } from '../../http/direct-answers.ts';
import { makeDraining } from '../../http/draining.ts';
import type { HttpHandler } from '../../http/http.ts';
import { makeLazyHandler } from '../../http/lazy-handler.ts';
import type { Needs } from '../../needs/needs.ts';
import { openPorts } from '../../needs/open-ports.ts';
import type { OpenersOf, PortsOf } from '../../needs/ports.ts';
import { readSettings } from '../../needs/settings.ts';
import type { Environment } from './openers/environment.ts';
import { makeStopSignal } from './stop-signal.ts';

/**
 * Registers a function with functions-framework under its name: with the first request its ports are opened, by exactly
 * the openers that its needs ask for, and it is started with the settings of the process's environment. While it cannot
 * start (a variable is missing), requests are answered 503, and the log says why. SIGTERM ends the process when what is on
 * its way is answered.
 */
export function register<const N extends Needs, Settings extends object>(
  needs: N,
  openers: OpenersOf<N, Environment>,
  start: (ports: PortsOf<N>, settings: Settings) => Promise<HttpHandler>,
  defaults: Settings,
): void {
  const base = openers.base(process.env, needs);
  const begin = async () => {
    const ports = openPorts(needs, { ...openers, base: () => base }, process.env);
    return start(ports, readSettings(defaults, process.env));
  };
  const stop = makeStopSignal(base.observer);
  const draining = makeDraining(makeLazyHandler(begin, base.observer), base.clock);
  const handler = (request: IncomingMessage, response: ServerResponse) => {
    stop.handle(draining);
    return draining.handler(request, response);
  };
  http(needs.name, handler);
  answerDirectly(handler);
}
