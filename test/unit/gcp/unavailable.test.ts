import { expect, test } from 'vitest';
import { errorCode, toUnavailable } from '../../../shared/adapters/gcp/unavailable.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';

const secret = 'projects/p/documents/claims/secret';
const withCode = (code: unknown): Error => Object.assign(new Error(`failed for ${secret}`), { code });

test.each([
  [14, 'UNAVAILABLE'],
  [7, 'PERMISSION_DENIED'],
  [42, 'status 42'],
  [503, 'HTTP status 503'],
  ['ECONNREFUSED', 'ECONNREFUSED'],
  [undefined, 'Error'],
  [`no code but ${secret}`, 'Error'],
])('names the status %s as %s, and repeats nothing of the error', (code, named) => {
  const unavailable = toUnavailable('registry', 'Firestore', withCode(code));
  expect(unavailable.dependency).toBe('registry');
  expect(unavailable.message).toBe(`Firestore did not do its work: ${named}`);
  expect(unavailable.cause).toBeUndefined();
});

test('leaves what is Unavailable already as it is, and takes what is no error at all', () => {
  const already = new Unavailable('kms', 'down');
  expect(toUnavailable('registry', 'Firestore', already)).toBe(already);
  expect(toUnavailable('registry', 'Firestore', secret).message).not.toContain(secret);
  expect(errorCode(secret)).toBeUndefined();
});
