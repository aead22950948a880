import { type Command, Option } from 'commander';
import { CliError } from '../cli-error.ts';
import type { CommandIo } from '../command-io.ts';
import { startTokenBackend } from './token-backend.ts';

interface BackendFlags {
  readonly port: number;
  readonly audience: string;
}

const tokenSeconds = 600;

/** Adds `edi demo backend`. */
export function addBackendCommand(demo: Command, io: CommandIo): void {
  demo
    .command('backend')
    .description('an example of a backend that issues subject tokens, until Ctrl-C')
    .addOption(new Option('--port <port>', 'on this machine').default(8090).argParser(readPort))
    .option('--audience <audience>', 'whom its tokens are for', 'edi')
    .action(({ port, audience }: BackendFlags) => runBackend({ port, audience }, io));
}

async function runBackend({ port, audience }: BackendFlags, io: CommandIo): Promise<void> {
  const signal = io.interrupted();
  const backend = await startTokenBackend({ port, audience, tokenSeconds }).catch((error: unknown) => {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    throw isTaken ? new CliError(`port ${port} is taken: say --port`) : error;
  });
  const verified = { issuer: backend.url, audience, jwksUri: backend.jwksUri };
  await io.out.write(
    `ready ${backend.url}\n\nA realm of its users, in "realms" of sdks.json:\n\n` +
      `  "REALM": { "verified": ${JSON.stringify(verified)} }\n\nA user's token, for the header x-edi-subject-token:\n\n` +
      `  curl -c cookies -d '{"user": "u-1"}' ${backend.url}/login && curl -b cookies ${backend.url}/token\n`,
  );
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  await backend.close();
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new CliError('--port is a number from 0 to 65535');
}
