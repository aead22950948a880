import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import { closeServer, listenOnLoopback } from '../function-servers.ts';

/**
 * Runs one deployable bundle in this process, on 127.0.0.1: `function-process.ts FOLDER NAME PORT`. The framework's own
 * command would listen on every interface. SIGTERM: no new connections, the requests on their way are answered, exit 0.
 */
const [folder = '', name = '', port = '0'] = process.argv.slice(2);
createRequire(import.meta.url)(resolve(folder, 'index.js'));
const server = getTestServer(name);
await listenOnLoopback(server, Number(port));
process.on('SIGTERM', () => {
  closeServer(server).then(() => process.exit(0));
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group; the deployment decides when its functions end.
process.on('SIGINT', () => {});
