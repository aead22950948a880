import { obey, setting } from './lines.ts';
import { loadPackage } from './load-package.ts';

interface SegmentClient {
  track(event: object): void;
  flush(): Promise<void>;
  closeAndFlush(options: { readonly timeout: number }): Promise<void>;
  on(name: 'error', listener: () => void): void;
}

// As its documentation shows it: nothing is set but where it sends, and that it does not wait ten seconds to send.
const { Analytics }: { Analytics: new (options: object) => SegmentClient } =
  await loadPackage('@segment/analytics-node');
const client = new Analytics({ writeKey: setting('KEY'), host: setting('URL'), flushInterval: 100 });
client.on('error', () => undefined);

await obey(
  { ready: '@segment/analytics-node', answers: 'any', key: ['messageId'] },
  {
    track(event) {
      client.track({ userId: 'somebody', event: 'Tracked', properties: { conformance: event } });
      return false;
    },
    flush: () => client.flush(),
    close: () => client.closeAndFlush({ timeout: 5_000 }),
  },
);
