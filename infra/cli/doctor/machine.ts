import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { arch, availableParallelism, platform, release, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { runProcess } from '../../run-process.ts';
import type { DoctorPorts } from './look.ts';

const projectFolder = resolve(import.meta.dirname, '..', '..', '..');
const defaultPort = 8_080;
const connectMillis = 500;

/** This machine, and the folder in which `npm start` makes its own. */
export function machinePorts(): DoctorPorts {
  return {
    run: runProcess,
    platform: `${platform()} ${release()} ${arch()}`,
    nodeVersion: process.version,
    npmNodeVersion: / node\/(v\S+)/.exec(process.env['npm_config_user_agent'] ?? '')?.[1],
    memoryBytes: totalmem(),
    processors: availableParallelism(),
    async freeDiskBytes() {
      const { bavail, bsize } = await statfs(projectFolder);
      return bavail * bsize;
    },
    loadDuckDb,
    writeData,
    listen: listenOnce,
    isPortTaken: () => answersAt(defaultPort),
  };
}

async function loadDuckDb(): Promise<void> {
  const { openWarehouse } = await import('../../../shared/adapters/embedded/duckdb/tables.ts');
  await (await openWarehouse({ path: ':memory:' })).close();
}

async function writeData(): Promise<void> {
  const folder = join(projectFolder, '.edi');
  const file = join(existsSync(folder) ? folder : projectFolder, `.doctor-${randomUUID()}`);
  await writeFile(file, '');
  await rm(file);
}

function listenOnce(): Promise<void> {
  return new Promise((settle, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => server.close(() => settle()));
  });
}

function answersAt(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: connectMillis });
    const end = (answer: boolean) => {
      socket.destroy();
      settle(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
