import { createClient } from '../../../../shared/client/node/index.ts';
import { obey, say, setting } from './lines.ts';

// Our client under the kit: short pauses where it has settings for them, the rest as it is.
const client = createClient({
  url: setting('URL'),
  key: setting('KEY'),
  storage: setting('STORAGE'),
  lingerMillis: 5,
  requestTimeoutMillis: Number(setting('TIMEOUT_MILLIS')),
  refusedPauseMillis: 100,
});
const names = new Map<string, string>();
client.on('rejected', ({ rejections }) => {
  for (const { id } of rejections) say({ rejected: names.get(id) ?? id });
});

await obey(
  { ready: '@edi/client', answers: 'account', key: ['source', 'id'] },
  {
    async track(event) {
      const tracked = await client.track('conformance.tracked.v1', { conformance: event });
      if (tracked.kind === 'kept') names.set(tracked.id, event);
      else say({ dropped: event });
      return tracked.kind === 'kept' && tracked.durability !== 'memory';
    },
    flush: () => client.flush(),
    close: () => client.close(),
  },
);
