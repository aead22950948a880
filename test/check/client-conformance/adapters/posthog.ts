import { obey, setting } from './lines.ts';
import { loadPackage } from './load-package.ts';

interface PostHogClient {
  capture(event: object): void;
  flush(): Promise<void>;
  shutdown(timeoutMillis: number): Promise<void>;
}

// As its documentation shows it: nothing is set but where it sends, and that it does not wait ten seconds to send.
const { PostHog }: { PostHog: new (key: string, options: object) => PostHogClient } = await loadPackage('posthog-node');
const client = new PostHog(setting('KEY'), { host: setting('URL'), flushInterval: 100 });

await obey(
  { ready: 'posthog-node', answers: 'any', key: ['uuid'] },
  {
    track(event) {
      client.capture({ distinctId: 'somebody', event: 'tracked', properties: { conformance: event } });
      return false;
    },
    flush: () => client.flush(),
    close: () => client.shutdown(5_000),
  },
);
