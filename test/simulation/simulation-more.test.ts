import { test } from 'vitest';
import { expectSound } from './seeds.ts';

test('and 250 seeds more', async () => {
  await expectSound(251, 500);
}, 240_000);
