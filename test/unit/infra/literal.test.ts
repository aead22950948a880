import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { labelValue, literal } from '../../../infra/literal.ts';

/** What Terraform makes of the escapes, tried with 1.11: the pair that stands before the brace is one character. */
const asTerraformReads = (text: string) => text.replaceAll(/([$%])\1\{/g, '$1{');

describe('literal text', () => {
  test('is read by Terraform as it was written', () => {
    const text = fc.array(fc.constantFrom('$', '%', '{', '}', 'a', '"', '\\')).map((parts) => parts.join(''));
    fc.assert(fc.property(text, (written) => asTerraformReads(literal(written)) === written));
  });

  test('holds no expression', () => {
    const text = fc.array(fc.constantFrom('$', '%', '{', 'a')).map((parts) => parts.join(''));
    // An expression begins with one $ or % before the brace, or an odd number of them beside each other.
    fc.assert(fc.property(text, (written) => !/(?<!\$)\$\{|(?<!%)%\{/.test(literal(written))));
  });
});

describe('a label', () => {
  test('has only what labels may have', () => {
    fc.assert(fc.property(fc.string(), (text) => /^[a-z0-9_-]{0,63}$/.test(labelValue(text))));
    expect(labelValue('Team Playback & Co')).toBe('team-playback-co');
  });
});
