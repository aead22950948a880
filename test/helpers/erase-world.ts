import { defaultEraseSubjectConfig, type EraseSubjectConfig } from '../../functions/erase-subject/config.ts';
import type { ErasePorts } from '../../functions/erase-subject/stage.ts';
import { createMemoryPorts } from '../../shared/adapters/memory/held-ports.ts';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { subjectKeyId } from '../../shared/erasure/subject-key-id.ts';
import { newUuidV7 } from '../../shared/event/uuid.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';
import { startMillis } from './batches.ts';

/** What erase-subject works with, over memory. */
export function eraseWorld(options: { readonly config?: Partial<EraseSubjectConfig> } = {}) {
  const clock = createManualClock(startMillis);
  const failing: { next?: (operation: string) => void } = {};
  const gate = (operation: string) => failing.next?.(operation);
  const memory = createMemoryPorts({ clock, gates: { subjectKeys: gate, erasures: gate } });
  const { subjectKeys, erasures } = memory.databases;
  const { lookupKey } = memory.secrets;
  const random = createSeededRandom(5);
  const ports: ErasePorts = {
    keys: subjectKeys,
    erasures,
    lookupKey,
    clock,
    config: { ...defaultEraseSubjectConfig, ...options.config },
  };
  const idOf = (subject: DataSubject, generation = 0) => subjectKeyId(lookupKey, subject, generation);
  return {
    ports,
    clock,
    failing,
    idOf,
    newId: () => newUuidV7(clock, random),
    async makeKey(subject: DataSubject, generation = 0): Promise<void> {
      await subjectKeys.createMissing([{ id: idOf(subject, generation), encryptedKeyset: Uint8Array.of(1) }]);
    },
    /** Of the subject's first record. */
    stored: async (subject: DataSubject, generation = 0) => (await subjectKeys.read([idOf(subject, generation)]))[0],
  };
}
