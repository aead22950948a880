import { spawnSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { expect, test } from 'vitest';

test('npm run infra:validate says plainly that terraform is missing, and exits 3', () => {
  const script = resolve(import.meta.dirname, '../../infra/terraform/validate.ts');
  const env = { PATH: dirname(process.execPath) };
  const { status, stdout } = spawnSync(process.execPath, [script], { env, encoding: 'utf8' });
  expect(stdout).toBe('infra:validate was skipped: terraform is not installed\n');
  expect(status).toBe(3);
});
