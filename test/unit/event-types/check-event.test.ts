import { expect, test } from 'vitest';
import { checkEvent, defaultEventLimits } from '../../../shared/event-types/check-event.ts';
import type { EventType, EventTypes } from '../../../shared/event-types/event-types.ts';
import type { Validator } from '../../../shared/event-types/validator.ts';
import { orderEvent } from '../../helpers/ingest-world.ts';
import { recordingObserver } from '../../helpers/recording-observer.ts';
import { eventSchema, schemaDocument } from '../../helpers/schemas.ts';

const receivedAtMillis = Date.parse('2026-01-01T00:00:00Z');

/** A registry with one type, whose validator is this. */
function typesWith(validate: Validator): EventTypes {
  const schema = eventSchema(schemaDocument({ properties: { amount: { type: 'number' } } }));
  const eventType: EventType = { ...schema, revision: 7, validate };
  return {
    get: (type) => (type === schema.edi.type ? eventType : undefined),
    sdks: new Map(),
    realms: new Map(),
    version: 1,
    refreshIfStale: () => undefined,
    refreshIfOlder: async () => undefined,
    refreshNow: async () => 'current',
  };
}

const failures: [string, () => never][] = [
  ['a TypeError, as generated code throws it', () => Object.keys(JSON.parse('null')).includes('alice') as never],
  [
    'a RangeError, as V8 throws it for what is too large',
    () =>
      (function deeper(): never {
        return deeper();
      })(),
  ],
  [
    'what is no error',
    () => {
      throw 'alice@example.com';
    },
  ],
];

test.each(failures)(
  'an event whose check throws is refused, logged without a value and counted: %s',
  async (_, fail) => {
    const observer = recordingObserver();
    const key = { kind: 'sdk', sdk: 'web' } as const;
    const context = { eventTypes: typesWith(fail), limits: defaultEventLimits, key, receivedAtMillis, observer };
    const value = orderEvent({ data: { amount: 1, alice: 'alice@example.com' } });
    const written = { value, text: () => JSON.stringify(value), mayHoldTinyNumber: () => false };
    expect(await checkEvent(written, context)).toEqual({
      kind: 'rejected',
      reason: 'schema',
      errors: [{ path: '', keyword: 'unchecked' }],
    });
    expect(observer.counts.get('event-bugs')).toBe(1);
    expect(observer.entries).toHaveLength(1);
    expect(observer.entries[0]).toMatchObject({ severity: 'ERROR', fields: { type: 'shop.order.v1', revision: 7 } });
    expect(JSON.stringify(observer.entries)).not.toContain('alice');
  },
);
