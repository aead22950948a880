import { defaultEraseSubjectConfig, type EraseSubjectConfig } from '../../functions/erase-subject/config.ts';
import { start } from '../../functions/erase-subject/function.ts';
import { needs } from '../../functions/erase-subject/needs.ts';
import { makeQuarantineErasure } from '../../functions/erase-subject/quarantine.ts';
import { makeRowErasure } from '../../functions/erase-subject/rows.ts';
import { makeErase } from '../../functions/erase-subject/stage.ts';
import { defaultFinishErasuresConfig } from '../../functions/finish-erasures/config.ts';
import { sweepRowsIfDue } from '../../functions/finish-erasures/rows.ts';
import { sweepIfDue } from '../../functions/finish-erasures/stage.ts';
import { erasureTables } from '../../infra/erasure-tables.ts';
import { operationsTables } from '../../infra/operations.ts';
import { createMemoryPorts } from '../../shared/adapters/memory/held-ports.ts';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { generationId, subjectKeyId } from '../../shared/erasure/subject-key-id.ts';
import { newUuidV7 } from '../../shared/event/uuid.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';
import { pickPorts } from '../../shared/needs/held-ports.ts';
import { startMillis } from './batches.ts';
import { recordingObserver } from './recording-observer.ts';

/** What erase-subject works with, over memory. */
export function eraseWorld(options: { readonly config?: Partial<EraseSubjectConfig> } = {}) {
  const clock = createManualClock(startMillis);
  const failing: { next?: (operation: string) => void } = {};
  const gate = (operation: string) => failing.next?.(operation);
  const memory = createMemoryPorts({
    clock,
    gates: { subjectKeys: gate, subjectSources: gate, erasures: gate, publisher: gate, statements: gate },
  });
  const { subjectKeys, subjectSources } = memory.databases;
  const { lookupKey } = memory.secrets;
  const random = createSeededRandom(5);
  const observer = recordingObserver();
  const idOf = (subject: DataSubject, generation = 0) =>
    generationId(lookupKey, subjectKeyId(lookupKey, subject), generation);
  const config = { ...defaultEraseSubjectConfig, ...options.config };
  return {
    memory,
    observer,
    /** The stage alone, for an erasure of its own. */
    async erase(subjects: readonly DataSubject[]) {
      const { subjectKeys: keys, subjectSources: sources, erasures } = memory.databases;
      const subjectKey = memory.secrets.quarantineSubjectKey;
      const quarantine = makeQuarantineErasure({ statements: memory.statements, subjectKey, observer });
      const consumers = { publisher: memory.publisher, erasedTopic: 'subject-erased' };
      const rows = makeRowErasure(memory.statements);
      const erase = makeErase({ ...consumers, keys, sources, erasures, quarantine, rows, lookupKey, clock, config });
      const id = newUuidV7(clock, random);
      return erase({ id, at: 0, subjects, named: subjects.length, keepSources: false, pseudonyms: [] });
    },
    /** The function, as it is deployed. */
    async start() {
      const warehouse = await memory.statements.warehouse();
      for (const table of [...erasureTables, ...operationsTables]) {
        await warehouse.ensureTable({ schema: table.dataset, ...table });
      }
      return start(pickPorts(needs, memory, observer), config);
    },
    warehouse: () => memory.statements.warehouse(),
    statements: memory.statements,
    /** finish-erasures, as its schedule calls it. */
    finish: () => sweepIfDue({ statements: memory.statements, clock, config: defaultFinishErasuresConfig }),
    finishRows: () =>
      sweepRowsIfDue({
        statements: memory.statements,
        registry: memory.databases.registry,
        clock,
        config: defaultFinishErasuresConfig,
      }),
    clock,
    /** What those who copied streams were told. */
    announced: () => memory.publisher.messagesOf('subject-erased'),
    failing,
    idOf,
    newId: () => newUuidV7(clock, random),
    async makeKey(subject: DataSubject, generation = 0): Promise<void> {
      await subjectKeys.createMissing([{ id: idOf(subject, generation), encryptedKeyset: Uint8Array.of(1) }]);
    },
    /** Somebody was seen with an installation. */
    async see(subject: DataSubject, source: string, generation = 0): Promise<void> {
      const sourceId = idOf({ realm: 'source', subject: source });
      await subjectSources.record([{ subjectId: idOf(subject, generation), sourceId }]);
    },
    /** Of the subject's first record. */
    stored: async (subject: DataSubject, generation = 0) => (await subjectKeys.read([idOf(subject, generation)]))[0],
  };
}
