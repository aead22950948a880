import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, Script } from 'node:vm';
import { crc32 } from 'node:zlib';

// Part of every archive, beside the function's bundle: `load-function.ts` reads a cache, `make-cache.ts` writes it.

/** The bundle in its folder. */
export const functionFile = 'function.js';
/** What V8 made of it, where there is one. */
export const cacheFile = 'function.cache';
/** Before V8's data: CRC-32 of the bundle and of the data, big endian. V8 itself checks neither, and ends the process. */
const headBytes = 8;

/** The bundle as a CommonJS function that takes `exports`, `require`, `module`, its file and its folder. */
export function compile(file: string, source: Buffer, cachedData?: Buffer): Script {
  return new Script(`(function (exports, require, module, __filename, __dirname) {\n${source}\n})`, {
    filename: file,
    lineOffset: -1,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
}

/** The cache of a folder, made of this bundle. Undefined where there is none; "damaged" where it is not what was written. */
export function readCache(folder: string, source: Buffer): Buffer | 'damaged' | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(folder, cacheFile));
  } catch {
    return undefined;
  }
  const data = bytes.subarray(headBytes);
  return bytes.subarray(0, headBytes).equals(headOf(source, data)) ? data : 'damaged';
}

/** Returns the number of bytes. */
export function writeCache(folder: string, source: Buffer, data: Buffer): number {
  writeFileSync(join(folder, cacheFile), Buffer.concat([headOf(source, data), data]));
  return headBytes + data.length;
}

function headOf(source: Buffer, data: Buffer): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(crc32(source), 0);
  head.writeUInt32BE(crc32(data), 4);
  return head;
}
