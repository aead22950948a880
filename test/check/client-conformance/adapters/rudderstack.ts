import { obey, setting } from './lines.ts';
import { loadPackage } from './load-package.ts';

interface RudderClient {
  track(event: object): void;
  flush(): Promise<unknown>;
}

// As its documentation shows it: nothing is set but where it sends, and that it does not wait ten seconds to send.
const Analytics: new (key: string, options: object) => RudderClient = await loadPackage('@rudderstack/rudder-sdk-node');
const client = new Analytics(setting('KEY'), { dataPlaneUrl: setting('URL'), flushInterval: 100 });

await obey(
  { ready: '@rudderstack/rudder-sdk-node', answers: 'any', key: ['messageId'] },
  {
    track(event) {
      client.track({ userId: 'somebody', event: 'Tracked', properties: { conformance: event } });
      return false;
    },
    flush: () => client.flush(),
    close: () => client.flush(),
  },
);
