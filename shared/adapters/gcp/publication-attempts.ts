import { isJsonObject, type JsonValue } from '../../event/json.ts';
import type { Publications } from '../../ports/publications.ts';
import { attemptJson, readAttempt } from '../../publication/attempt.ts';
import { compareGenerations } from '../../publication/generation.ts';
import type { FirestoreDatabase } from './firestore-database.ts';
import { textOf, textValue } from './firestore-values.ts';

/** One a type, and two more. */
const maxAttempts = 20_000;

/** Publication attempts in the registry's database: `attempts/<subject>`, the content as JSON text. */
export function createPublicationAttempts(
  database: FirestoreDatabase,
): Pick<Publications, 'recordAttempt' | 'attempts'> {
  return {
    async recordAttempt(attempt) {
      const path = `attempts/${attempt.subject}`;
      const { generation } = attempt;
      const fields = { generation: textValue(generation), content: textValue(JSON.stringify(attemptJson(attempt))) };
      for (;;) {
        const known = (await database.read([path])).get(path);
        if (known !== undefined && compareGenerations(generation, textOf(known.fields, 'generation')) < 0) return;
        const outcome = await database.commit([{ path, fields, expected: known?.version ?? 'absent' }]);
        // Who came first may have been later: look again. Each round somebody has written, so this ends.
        if (outcome === 'committed') return;
      }
    },
    async attempts() {
      const documents = await database.list('attempts', maxAttempts);
      return documents.flatMap(({ fields }) => {
        const value: JsonValue = JSON.parse(textOf(fields, 'content'));
        const attempt = isJsonObject(value) ? readAttempt(value) : undefined;
        return attempt === undefined ? [] : [attempt];
      });
    },
  };
}
