import { expect, test } from 'vitest';
import { defaultHeartbeatConfig } from '../../../functions/heartbeat/config.ts';
import { type DoorAnswer, makeHeartbeatStage } from '../../../functions/heartbeat/stage.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import { registryWith, schemaDocument } from '../../helpers/schemas.ts';

const nowMillis = Date.parse('2026-03-01T12:05:00Z');

async function world(answer: DoorAnswer = { kind: 'answered', rejected: 0 }, maxRequestEvents = 500) {
  const edi = Object(schemaDocument()['edi']);
  const registry = await registryWith([
    schemaDocument(),
    { ...schemaDocument({ type: 'shop.visit.v1' }), edi: { ...edi, type: 'shop.visit.v1', stage: 'retired' } },
    schemaDocument({ type: 'shop.visit.v2' }),
  ]);
  const requests: (readonly JsonObject[])[] = [];
  const send = async (events: readonly JsonObject[]) => {
    requests.push(events);
    return answer;
  };
  const config = { ...defaultHeartbeatConfig, region: 'eu', maxRequestEvents };
  return { requests, beat: makeHeartbeatStage({ registry, clock: createManualClock(nowMillis), send }, config) };
}

test('each type in use has one event for each of the last ended hours, the same however often it is sent', async () => {
  const { requests, beat } = await world();
  expect(await beat()).toEqual({ taken: 6, missed: 0, problems: [] });
  const [events = []] = requests;
  const ends = ['2026-03-01T12:00:00.000Z', '2026-03-01T11:00:00.000Z', '2026-03-01T10:00:00.000Z'];
  expect(events).toEqual(
    ends.flatMap((time) =>
      ['shop.order.v1', 'shop.visit.v2'].map((type) => {
        return { specversion: '1.0', id: type, source: 'edi-heartbeat/eu', type, time, data: {} };
      }),
    ),
  );
  await beat();
  expect(requests[1]).toEqual(events);
});

test('more than a request holds go in several', async () => {
  const { requests, beat } = await world(undefined, 4);
  await beat();
  expect(requests.map((events) => events.length)).toEqual([4, 2]);
});

test.each<[DoorAnswer, object]>([
  [{ kind: 'unreachable' }, { taken: 0, missed: 6, problems: ['no answer'] }],
  [
    { kind: 'refused', status: 401 },
    { taken: 0, missed: 6, problems: ['the front door answered 401'] },
  ],
  [
    { kind: 'answered', rejected: 2 },
    { taken: 4, missed: 2, problems: ['events were rejected'] },
  ],
])('%j is told', async (answer, beats) => {
  const { beat } = await world(answer);
  expect(await beat()).toEqual(beats);
});
