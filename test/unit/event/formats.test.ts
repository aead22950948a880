import { describe, expect, test } from 'vitest';
import { claimDocumentKey, fingerprintsOf } from '../../../functions/dedup/fingerprint.ts';
import { importHashKey } from '../../../shared/crypto/keyed-hash.ts';
import vectors from '../../data/crypto/keyed-names.json' with { type: 'json' };
import { identitiesOf } from '../../helpers/batches.ts';
import { eventKey } from '../../helpers/event-key.ts';

// Claims, tables and everybody who joins by `event_key` rest on these; a change of one is another format.
describe.each(vectors.cases)('the names of event $id of $source in $namespace', (vector) => {
  const key = importHashKey(Buffer.from(vectors.keyHex, 'hex'));
  const { namespace: name, bucketWidthMillis } = vector;
  const fingerprintOf = (event: typeof vector) =>
    Buffer.from(fingerprintsOf(key)(identitiesOf([event]))).toString('hex');

  test('are those of the vectors', () => {
    expect({
      claimDocumentKey: claimDocumentKey(key, { name, bucketWidthMillis }, vector),
      fingerprint: fingerprintOf(vector),
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
    expect(fingerprintOf({ ...vector, id: `${vector.id}-2` })).not.toBe(fingerprintOf(vector));
    expect(fingerprintOf({ ...vector, timeMicros: vector.timeMicros + 1 })).not.toBe(fingerprintOf(vector));
  });
});
