import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tokenProblems } from '../../../shared/subject-tokens/token-proof.ts';

test("the receiver's page says of every problem of a token what to do", () => {
  const text = readFileSync(new URL('../../../functions/ingest/README.md', import.meta.url), 'utf8');
  for (const problem of [...Object.keys(tokenProblems), 'token-subject']) expect(text).toContain(`\`${problem}\``);
});
