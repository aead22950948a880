import type { Clock } from '../../../shared/ports/clock.ts';
import type { StoredType } from './stored-type.ts';

interface SharedAnswersOptions<T> {
  readonly clock: Clock;
  /** How old an answer may be that another page has caused. */
  readonly maxAgeMillis: number;
  readonly ask: (stored: StoredType, nowMillis: number) => Promise<T | undefined>;
  /** Whether what could not be told is asked again by the next, whatever its age. */
  readonly forgetsUntold: boolean;
}

/** What pages ask of a type: however many ask, one answer serves all. */
export function makeSharedAnswers<T>({ clock, maxAgeMillis, ask, forgetsUntold }: SharedAnswersOptions<T>) {
  const asked = new Map<string, { readonly atMillis: number; readonly answer: Promise<T | undefined> }>();

  return (stored: StoredType): Promise<T | undefined> => {
    const nowMillis = clock.nowMillis();
    const last = asked.get(stored.type);
    if (last !== undefined && nowMillis - last.atMillis < maxAgeMillis) return last.answer;
    const answer = ask(stored, nowMillis);
    asked.set(stored.type, { atMillis: nowMillis, answer });
    if (forgetsUntold) void answer.then((told) => told ?? asked.delete(stored.type));
    return answer;
  };
}
