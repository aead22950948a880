import { flushCompileCache } from 'node:module';
import { afterAll } from 'vitest';

// Vitest ends a test file's process before Node would write what it compiled: packages that the next file loads, too.
afterAll(() => flushCompileCache());
