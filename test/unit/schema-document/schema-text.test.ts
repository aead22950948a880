import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFilesBelow } from '../../../infra/cli/schema/folder-reader.ts';
import { documentBounds, parseSchemaText } from '../../../shared/schema-language/document/schema-text.ts';
import { makeScratchFolder } from '../../helpers/local-process.ts';

describe('schema text', () => {
  test('a schema', () => {
    expect(parseSchemaText('{"type":"string"}')).toEqual({ kind: 'value', value: { type: 'string' } });
  });

  test.each([
    ['nothing', ' \n', 'empty'],
    ['no JSON', '{"type":', 'not JSON'],
    ['too much', `"${'x'.repeat(documentBounds.maxTextLength)}"`, 'characters'],
    ['nesting', '['.repeat(2_000) + ']'.repeat(2_000), 'nested'],
    ['nesting beyond the parser', '['.repeat(4_000_000), ''],
  ])('%s', (_, text, message) => {
    expect(parseSchemaText(text)).toMatchObject({
      kind: 'bad',
      problems: [{ message: expect.stringContaining(message) }],
    });
  });
});

describe('files below a folder', () => {
  const scratch = makeScratchFolder();
  const base = join(scratch.path, 'base');
  beforeAll(() => {
    mkdirSync(base);
    writeFileSync(join(base, 'a.json'), '{"type":"string"}');
    writeFileSync(join(base, 'broken.json'), '{');
    writeFileSync(join(scratch.path, 'outside.json'), '{}');
    symlinkSync(join(scratch.path, 'outside.json'), join(base, 'link.json'));
  });
  afterAll(() => scratch.remove());

  test('are read', () => {
    expect(readFilesBelow(base)('a.json')).toEqual({ kind: 'value', value: { type: 'string' } });
    expect(readFilesBelow(base)('broken.json')).toMatchObject({ kind: 'bad' });
  });

  test.each(['../outside.json', 'link.json', 'absent.json', ''])('"%s" is not there', (path) => {
    expect(readFilesBelow(base)(path)).toBeUndefined();
  });
});
