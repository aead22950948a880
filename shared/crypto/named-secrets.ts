import { createSecretKey, type KeyObject } from 'node:crypto';

/** RFC 7518 section 3.2: a key of HS256 is at least as long as its hash. */
const minSecretBytes = 32;

/**
 * Reads a secret that holds several by name: a JSON object of base64 texts of at least 32 bytes each. Throws a RangeError
 * that names the one that cannot be used, and nothing of what is in it.
 */
export function readNamedSecrets(text: string): ReadonlyMap<string, KeyObject> {
  return new Map(
    Object.entries(parseObject(text)).map(([name, value]) => {
      const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.alloc(0);
      if (bytes.length >= minSecretBytes) return [name, createSecretKey(bytes)];
      throw new RangeError(`the secret "${name}" must be at least ${minSecretBytes} bytes in base64`);
    }),
  );
}

function parseObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // V8's message would quote the secrets.
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new RangeError('secrets by name are a JSON object such as {"name": "<base64>"}');
}
