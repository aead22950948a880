import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One adapter of a port, opened for one test on storage that nobody else uses. */
export interface OpenedAdapter<Port> {
  readonly port: Port;
  /** Closes the adapter and opens it again on the same storage. */
  readonly reopen: () => Promise<Port>;
  readonly close: () => Promise<void>;
}

/** An adapter that a contract suite runs against; add Google's emulators to the lists of the suites. */
export interface ContractAdapter<Port> {
  readonly name: string;
  /** False where nothing outlives the object; the suites leave out what they say about restarts then. */
  readonly survivesRestart: boolean;
  readonly open: () => Promise<OpenedAdapter<Port>>;
}

/** An adapter that lives in memory. */
export function inMemory<Port>(create: () => Port): ContractAdapter<Port> {
  return {
    name: 'memory',
    survivesRestart: false,
    open: async () => ({ port: create(), reopen: async () => create(), close: async () => undefined }),
  };
}

/** An adapter that lives in a folder, which is new for each test. */
export function inFolder<Port>(
  open: (folder: string) => Port,
  close: (port: Port) => void | Promise<void>,
): ContractAdapter<Port> {
  return {
    name: 'embedded',
    survivesRestart: true,
    async open() {
      const folder = await newFolder();
      let port = open(folder);
      return {
        port,
        async reopen() {
          await close(port);
          port = open(folder);
          return port;
        },
        async close() {
          await close(port);
          await rm(folder, { recursive: true });
        },
      };
    },
  };
}

/** An empty folder that the caller deletes. */
export function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'edi-contract-'));
}

/** UTF-8 bytes. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Text of UTF-8 bytes. */
export function text(data: Uint8Array | undefined): string | undefined {
  return data === undefined ? undefined : new TextDecoder().decode(data);
}
