/**
 * What Node is to take for each step of a call that compresses or inflates: too long for its pool, and no pool is as long, so
 * that it is of that call alone.
 */
export const zlibStepBytes = 49_152;

/**
 * Gives back the step that a call's result lies in; nobody may read it afterwards. Node's object of the call holds it until
 * V8 collects everything, and some megabytes of them are what makes V8 do that.
 */
export function giveBackStep({ buffer }: Uint8Array): void {
  if (isStep(buffer)) buffer.transfer(0);
}

/** A call's result to keep: a copy where it lies in a step, which is given back. */
export function takenOutOfStep(result: Buffer): Buffer {
  if (!isStep(result.buffer)) return result;
  const taken = Buffer.from(result);
  giveBackStep(result);
  return taken;
}

function isStep(buffer: ArrayBufferLike): buffer is ArrayBuffer {
  return buffer instanceof ArrayBuffer && buffer.byteLength === zlibStepBytes;
}
