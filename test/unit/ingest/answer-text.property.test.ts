import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answerText } from '../../../functions/ingest/answer-text.ts';
import type { IngestAnswer } from '../../../functions/ingest/stage.ts';

const error = fc.record({ path: fc.string(), keyword: fc.constantFrom('type', 'required') });

/** Answers in which events share errors, and say other things beside the same error. */
const answers = fc.array(fc.array(error, { maxLength: 2 }), { minLength: 1, maxLength: 4 }).chain((errors) => {
  const event = fc.record({
    index: fc.nat(),
    id: fc.option(fc.oneof(fc.uuid(), fc.string(), fc.constantFrom('"', '\\', '\u2028', '\ud800', 'a/b@c.d'))),
    transient: fc.boolean(),
    reason: fc.constantFrom('schema', 'envelope', 'subject'),
    errors: fc.constantFrom(...errors),
  });
  return fc.record({ accepted: fc.nat(), duplicates: fc.nat(), rejected: fc.array(event) });
});

test('an answer is written as JSON.stringify writes it, whatever of it is written once', () => {
  fc.assert(
    fc.property(answers, (answer: IngestAnswer) => {
      expect(answerText(answer)).toBe(JSON.stringify(answer));
    }),
  );
});
