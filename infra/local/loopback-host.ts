import type { HttpHandler } from '../../shared/http/http.ts';
import { answer } from '../../shared/http/http.ts';

const loopbackAddresses = new Set(['127.0.0.1', '[::1]']);

/**
 * Refuses requests for another host than this machine. A page that a rebound name (DNS) brings to 127.0.0.1 counts as of
 * the same origin and may send and read what it likes; but it sends its own name, and that has a dot: the root of the DNS
 * holds no addresses (ICANN board resolution of 13 August 2013 on dotless domains). Names without one, `localhost` among
 * them, are those of machines and containers. Any port: it may be a forwarded one. Browsers always name a host; what
 * names none is none.
 */
export function onLoopbackHost(handler: HttpHandler): HttpHandler {
  return async (request, response) => {
    const { host } = request.headers;
    if (host === undefined || isLocal(host)) return handler(request, response);
    const problem = {
      type: 'about:blank',
      title: 'Not this host',
      status: 403,
      detail: 'This deployment is for this machine: call it 127.0.0.1 or localhost.',
    };
    // The body is not read, so the connection cannot serve another request.
    answer(response, 403, {
      headers: { 'content-type': 'application/problem+json', connection: 'close' },
      body: JSON.stringify(problem),
    });
    request.resume();
  };
}

function isLocal(host: string): boolean {
  const name = host.replace(/:\d*$/, '');
  return loopbackAddresses.has(name) || /^[a-z0-9_-]+$/i.test(name);
}
