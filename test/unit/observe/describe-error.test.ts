import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeError } from '../../../shared/observe/describe-error.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';

test('tells class and place of an unexpected error, not its message', () => {
  const fields = describeError(new TypeError('alice@example.com is wrong'));
  expect(fields).toEqual({ error: 'TypeError', stack: expect.stringMatching(/^ {4}at .*describe-error\.test\.ts/) });
  expect(JSON.stringify(fields)).not.toContain('alice');
});

test('tells the message of lost infrastructure, because it is our own', () => {
  expect(describeError(new Unavailable('registry', 'no answer in 5 s'))).toMatchObject({
    error: 'Unavailable',
    dependency: 'registry',
    problem: 'no answer in 5 s',
  });
});

test('tells only the type of what is no error', () => {
  expect(describeError('alice@example.com')).toEqual({ error: 'string' });
  expect(describeError(undefined)).toEqual({ error: 'undefined' });
});

test('a message that looks like a stack is left out, too', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom('\n', '\n    at alice@example.com (1:1)', '    at alice'));
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const described = JSON.stringify(describeError(new Error(`alice${parts.join('')}`)));
      expect(described).not.toContain('alice');
      expect(described).toContain('describe-error.test.ts');
    }),
  );
});

test('a message that was changed later, a missing stack, and a long one', () => {
  const changed = new Error('alice\n    at alice');
  changed.message = 'bob';
  expect(JSON.stringify(describeError(changed))).not.toMatch(/alice|bob/);
  const bare = new Error('x');
  delete bare.stack;
  expect(describeError(bare)).toEqual({ error: 'Error', stack: '' });
  const deep = (levels: number): Error => (levels === 0 ? new Error('x') : deep(levels - 1));
  expect(String(describeError(deep(50))['stack']).split('\n').length).toBeLessThanOrEqual(12);
});
