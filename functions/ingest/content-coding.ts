import { constants, gunzipSync } from 'node:zlib';
import { takenOutOfStep, zlibStepBytes } from '../../shared/batch/zlib-steps.ts';
import { type Problem, problem } from './problem.ts';

/** Names of the one coding that a body may have. */
export const gzipNames: readonly string[] = ['gzip', 'x-gzip'];

/**
 * Undoes `Content-Encoding` (RFC 9110 section 8.4): a list of codings in any letter case, of which `identity` says
 * nothing and `x-gzip` is gzip (section 8.4.1.3). Others, and more than one gzip, are answered 415 with what is taken
 * (section 15.5.16).
 */
export function inflate(encoding: string | undefined, body: Buffer, maxBodyBytes: number): Buffer | Problem {
  if (encoding === undefined) return body;
  const codings = encoding
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  const [coding, ...others] = codings;
  if (coding === undefined) return body;
  if (others.length > 0 || !gzipNames.includes(coding)) {
    return problem(415, 'Unsupported content encoding', 'Send the body plain or with one gzip.', {
      'accept-encoding': 'gzip',
    });
  }
  try {
    // Synchronous, because a body is small and the thread pool's round trip costs more than inflating it.
    const options = { maxOutputLength: maxBodyBytes, finishFlush: constants.Z_FINISH, chunkSize: zlibStepBytes };
    return takenOutOfStep(gunzipSync(body, options));
  } catch (error) {
    const tooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    if (!tooLarge) return problem(400, 'Not gzip', 'Content-Encoding says gzip, but the body is no whole gzip stream.');
    const detail = `A request is at most ${maxBodyBytes} bytes after decompression; split the batch.`;
    return problem(413, 'Body too large', detail);
  }
}
