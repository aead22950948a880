import { createServer } from 'node:http';
import { createRequire, flushCompileCache } from 'node:module';
import { resolve } from 'node:path';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import type { HttpHandler } from '../../../shared/http/http.ts';
import { closeServer, listenOnLoopback } from '../function-servers.ts';
import { onLoopbackHost } from '../loopback-host.ts';
import { onlyAtPath, pushPathVariable } from './push-path.ts';

/**
 * Runs one deployable bundle in this process, on 127.0.0.1: `function-process.ts FOLDER NAME PORT`. The framework's own
 * command would listen on every interface. Requests for another host are refused, and of a function that takes pushes
 * those at another path than `pushPathVariable` says. SIGTERM: no new connections, the requests on their way are
 * answered, exit 0.
 */
const [folder = '', name = '', port = '0'] = process.argv.slice(2);
const pushPath = process.env[pushPathVariable];
delete process.env[pushPathVariable];
// Before the function is loaded, which leaves alone what listens then and ends the process after the last answer, too.
let stop = (): Promise<void> => Promise.resolve();
process.on('SIGTERM', () => {
  stop().then(() => process.exit(0));
});
createRequire(import.meta.url)(resolve(folder, 'index.js'));
const framework = getTestServer(name);
const serve: HttpHandler = async (request, response) => {
  framework.emit('request', request, response);
};
const handler = onLoopbackHost(pushPath === undefined ? serve : onlyAtPath(pushPath, serve));
const server = createServer((request, response) => {
  handler(request, response).catch(() => response.destroy());
});
stop = () => closeServer(server);
await listenOnLoopback(server, Number(port));
// Node would write at an exit what it compiled. A function that is killed has none, and the next would compile all anew.
flushCompileCache();
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group; the deployment decides when its functions end.
process.on('SIGINT', () => {});
