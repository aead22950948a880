import { spawn } from 'node:child_process';
import { request as httpRequest } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { BundledFunction } from '../../infra/bundle/build.ts';
import { freePort } from '../../infra/local/emulators/ports.ts';
import { isJsonObject, parseJson } from '../../shared/event/json.ts';
import { projectFolder, waitFor } from './local-process.ts';

const command = createRequire(import.meta.url)
  .resolve('@google-cloud/functions-framework')
  .replace(/index\.js$/, 'main.js');

/**
 * Starts a bundle as Cloud Run does, by functions-framework's own command, until the test ends. `nodeFlags` are flags that Node
 * is started with.
 */
export async function startBundle(
  { name, folder }: Pick<BundledFunction<string>, 'name' | 'folder'>,
  env: Readonly<Record<string, string>>,
  nodeFlags: readonly string[] = [],
) {
  const port = await freePort();
  const child = spawn(process.execPath, [...nodeFlags, command, `--target=${name}`, `--source=${folder}`], {
    env: {
      PATH: process.env['PATH'],
      NODE_PATH: join(projectFolder, 'node_modules'),
      NODE_ENV: 'production',
      GOOGLE_CLOUD_PROJECT: 'test',
      PORT: String(port),
      ...env,
    },
  });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    child,
    ended,
    output: () => output,
    lines: () => output.split('\n').map(parseJson).filter(isJsonObject),
    begin: () => begin(port),
    call: async () => {
      const { finish, status } = await begin(port);
      finish();
      return status;
    },
  };
}

/** Begins a request as soon as somebody listens, and sends the end of its body when it is told to. */
async function begin(port: number) {
  return waitFor('the function listens', async () => {
    const outgoing = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers: { 'content-length': 2 } });
    const status = new Promise<number | undefined>((resolve) => {
      outgoing.once('response', (response) => response.resume().once('end', () => resolve(response.statusCode)));
      outgoing.on('error', () => resolve(undefined));
    });
    const isConnected = new Promise<boolean>((resolve) => {
      outgoing.once('socket', (socket) => socket.once('connect', () => resolve(true)));
      outgoing.once('error', () => resolve(false));
    });
    outgoing.write('{');
    return (await isConnected) ? { status, finish: () => outgoing.end('}') } : undefined;
  });
}
