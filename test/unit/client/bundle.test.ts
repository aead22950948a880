import { expect, test } from 'vitest';
import { bundleBrowserClient, checkSize, maxBrowserGzipBytes } from '../../../infra/bundle/client.ts';

test('the client for browsers is no larger than it may be, and the build fails where it is', async () => {
  const bundle = await bundleBrowserClient();
  expect(() => checkSize(bundle, maxBrowserGzipBytes)).not.toThrow();
  expect(() => checkSize(bundle, bundle.gzipBytes - 1)).toThrow(/bytes gzipped, and may have/);
  // One module, without any other.
  expect(bundle.code).not.toMatch(/\bimport\b/);
});
