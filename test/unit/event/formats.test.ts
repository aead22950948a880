import { describe, expect, test } from 'vitest';
import { claimDocumentKey, fingerprintsOf } from '../../../functions/dedup/fingerprint.ts';
import { importHashKey } from '../../../shared/crypto/keyed-hash.ts';
import { eventKey } from '../../../shared/event/event-key.ts';
import vectors from '../../data/crypto/keyed-names.json' with { type: 'json' };

// Claims, tables and everybody who joins by `event_key` rest on these; a change of one is another format.
describe.each(vectors.cases)('the names of event $id of $source in $namespace', (vector) => {
  const key = importHashKey(Buffer.from(vectors.keyHex, 'hex'));
  const { namespace: name, bucketWidthMillis } = vector;

  test('are those of the vectors', () => {
    expect({
      claimDocumentKey: claimDocumentKey(key, { name, bucketWidthMillis }, vector),
      fingerprint: fingerprintsOf(key)(vector),
      eventKey: eventKey(key, name, vector),
    }).toEqual({
      claimDocumentKey: vector.claimDocumentKey,
      fingerprint: vector.fingerprint,
      eventKey: vector.eventKey,
    });
  });

  test('differ in another namespace, of another source, and at another time', () => {
    const others = [
      [`${name}-2`, vector],
      [name, { ...vector, source: `${vector.source}-2` }],
      [name, { ...vector, timeMicros: vector.timeMicros + bucketWidthMillis * 1_000 }],
    ] as const;
    for (const [otherName, event] of others) {
      expect(eventKey(key, otherName, event)).not.toBe(vector.eventKey);
      const documentKey = claimDocumentKey(key, { name: otherName, bucketWidthMillis }, event);
      expect(documentKey).not.toBe(vector.claimDocumentKey);
    }
    expect(fingerprintsOf(key)({ ...vector, id: `${vector.id}-2` })).not.toBe(fingerprintsOf(key)(vector));
    expect(fingerprintsOf(key)({ ...vector, timeMicros: vector.timeMicros + 1 })).not.toBe(fingerprintsOf(key)(vector));
  });
});
