import { Readable } from 'node:stream';
import type { CommandIo, Output } from '../../../infra/cli/command-io.ts';

/** A command's surroundings that keep what it writes. */
export interface CollectingIo extends CommandIo {
  readonly outText: () => string;
  readonly errText: () => string;
}

export function makeCollectingIo(stdin = ''): CollectingIo {
  const written = { out: '', err: '' };
  const output = (name: 'out' | 'err'): Output => ({
    async write(text) {
      written[name] += text;
    },
    isTerminal: false,
    columns: undefined,
  });
  const { signal } = new AbortController();
  return {
    out: output('out'),
    err: output('err'),
    stdin: Readable.from([stdin]),
    interrupted: () => signal,
    outText: () => written.out,
    errText: () => written.err,
  };
}
