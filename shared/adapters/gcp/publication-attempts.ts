import { isJsonObject, type JsonValue } from '../../event/json.ts';
import type { Publications } from '../../ports/publications.ts';
import { attemptJson, readAttempt } from '../../publication/attempt.ts';
import { isOlder } from '../../publication/generation.ts';
import type { TransactionalDatabase } from './firestore-transactions.ts';
import { plainText } from './plain-documents.ts';

/** One a type, and two more. */
const maxAttempts = 20_000;

/** Publication attempts in the registry's database: `attempts/<subject>`, the content as JSON text. */
export function createPublicationAttempts(
  database: TransactionalDatabase,
): Pick<Publications, 'recordAttempt' | 'attempts'> {
  return {
    async recordAttempt(attempt) {
      const path = `attempts/${attempt.subject}`;
      const { generation } = attempt;
      const fields = { generation, content: JSON.stringify(attemptJson(attempt)) };
      await database.transact(async (transaction) => {
        const known = (await transaction.read([path])).get(path);
        if (!isOlder(generation, known && plainText(known, 'generation'))) transaction.set(path, fields);
      });
    },
    async attempts() {
      const documents = await database.list('attempts', maxAttempts);
      return documents.flatMap((fields) => {
        const value: JsonValue = JSON.parse(plainText(fields, 'content'));
        const attempt = isJsonObject(value) ? readAttempt(value) : undefined;
        return attempt === undefined ? [] : [attempt];
      });
    },
  };
}
