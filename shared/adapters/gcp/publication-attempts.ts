import { isJsonObject, readJson } from '../../event/json.ts';
import type { PublicationAttempt, Publications } from '../../ports/publications.ts';
import { attemptJson, readAttempt } from '../../publication/attempt.ts';
import { isOlder } from '../../publication/generation.ts';
import type { TransactionalDatabase } from './firestore-transactions.ts';
import { type PlainFields, plainText } from './plain-documents.ts';

export const attemptsCollection = 'attempts';
/** One a type, and two more. */
export const maxAttempts = 20_000;

/** Publication attempts in the registry's database: `attempts/<subject>`, the content as JSON text. */
export function createPublicationAttempts(
  database: TransactionalDatabase,
): Pick<Publications, 'recordAttempt' | 'attempts'> {
  return {
    async recordAttempt(attempt) {
      const path = `${attemptsCollection}/${attempt.subject}`;
      const { generation } = attempt;
      const fields = { generation, content: JSON.stringify(attemptJson(attempt)) };
      await database.transact(async (transaction) => {
        const known = (await transaction.read([path])).get(path);
        if (!isOlder(generation, known && plainText(known, 'generation'))) transaction.set(path, fields);
      });
    },
    attempts: async () => attemptsOf(await database.list(attemptsCollection, maxAttempts)),
  };
}

/** What the documents of `attemptsCollection` hold. */
export function attemptsOf(documents: readonly PlainFields[]): PublicationAttempt[] {
  return documents.flatMap((fields) => {
    const value = readJson(plainText(fields, 'content'));
    const attempt = isJsonObject(value) ? readAttempt(value) : undefined;
    return attempt === undefined ? [] : [attempt];
  });
}
