import { systemClock } from '../../../shared/adapters/system-clock.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';
import type { LocalStorage } from '../local-storage.ts';
import { publishedSdks } from '../local-write-keys.ts';

const maxFirstAnswerMillis = 60_000;

/**
 * Resolves when Firestore's emulator has answered: it listens long before Java has compiled what a request takes, which on
 * a busy machine is longer than a request may. Rejects with what the last request met after a minute.
 */
export async function firstAnswer({ databases }: LocalStorage): Promise<void> {
  const endMillis = systemClock.nowMillis() + maxFirstAnswerMillis;
  while (true) {
    try {
      await publishedSdks(databases.registry);
      return;
    } catch (error) {
      if (!(error instanceof Unavailable) || systemClock.nowMillis() > endMillis) throw error;
    }
  }
}
