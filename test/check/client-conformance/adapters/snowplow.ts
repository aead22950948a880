import { setTimeout as delay } from 'node:timers/promises';
import { obey, setting } from './lines.ts';
import { loadPackage } from './load-package.ts';

interface SnowplowTracker {
  track(payload: object): void;
  flush(): void;
}

interface SnowplowPackage {
  newTracker(tracker: object, emitter: object): SnowplowTracker;
  buildSelfDescribingEvent(options: object): object;
}

// As its documentation shows it, with a buffer that is sent after five events, and JSON that the kit can read.
const { newTracker, buildSelfDescribingEvent }: SnowplowPackage = await loadPackage('@snowplow/node-tracker');
const tracker = newTracker(
  { namespace: 'kit', appId: 'kit', encodeBase64: false },
  { endpoint: setting('URL'), eventMethod: 'post', bufferSize: 5 },
);

await obey(
  { ready: '@snowplow/node-tracker', answers: 'any', key: ['eid'] },
  {
    track(event) {
      const schema = 'iglu:com.example/tracked/jsonschema/1-0-0';
      tracker.track(buildSelfDescribingEvent({ event: { schema, data: { conformance: event } } }));
      return false;
    },
    flush: () => tracker.flush(),
    // It says nothing of when it has sent.
    async close() {
      tracker.flush();
      await delay(2_000);
    },
  },
);
