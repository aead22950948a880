import { defaultExportSubjectConfig, type ExportSubjectConfig } from '../../functions/export-subject/config.ts';
import { start } from '../../functions/export-subject/function.ts';
import { needs } from '../../functions/export-subject/needs.ts';
import type { Gate } from '../../shared/adapters/memory/gate.ts';
import { createMemoryPorts } from '../../shared/adapters/memory/held-ports.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { sinkTable } from '../../shared/event-types/alpha.ts';
import { passedToken } from '../../shared/http/caller.ts';
import { pickPorts } from '../../shared/needs/held-ports.ts';
import { serveHandler } from './handler-server.ts';
import { send } from './local-http.ts';
import { type PseudonymizeWorld, pseudonymizeWorld } from './pseudonymize-world.ts';
import { recordingObserver } from './recording-observer.ts';
import { eventSchema } from './schemas.ts';

export interface ExportWorldOptions {
  readonly schemas: readonly JsonObject[];
  readonly config?: Partial<ExportSubjectConfig>;
  /** Runs before anything is written into the ledger. */
  readonly ledgerGate?: Gate;
}

/** The function export-subject beside the real pseudonymize, whose rows are in its tables. */
export async function exportSubjectWorld({ schemas, config, ledgerGate }: ExportWorldOptions) {
  const pseudonymize: PseudonymizeWorld = await pseudonymizeWorld({ schemas });
  const { clock, registry, records } = pseudonymize;
  // Memory makes the same secrets every time.
  const memory = createMemoryPorts({ clock, gates: { publisher: ledgerGate } });
  const observer = recordingObserver();
  const databases = { ...memory.databases, subjectKeys: records, registry };
  const ports = pickPorts(needs, { ...memory, databases }, observer);
  const handler = await start(ports, { ...defaultExportSubjectConfig, progressMillis: 0, ...config });
  const { url, close } = await serveHandler(handler);
  const caller = { authorization: passedToken('privacy@example.com') };
  const call = (path: string, body: JsonObject | string, headers: Readonly<Record<string, string>> = caller) =>
    send({ url: `${url}${path}`, headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
  return {
    ...pseudonymize,
    eventRows: memory.eventRows,
    observer,
    url,
    close,
    call,
    /** What pseudonymize has published becomes the rows of the tables. */
    fillTables(): void {
      for (const schema of schemas.map(eventSchema)) {
        const { type } = schema.edi;
        memory.eventRows.set(sinkTable(schema.edi), pseudonymize.rowsOf(type));
      }
    },
    /** The lines of an export. */
    async exported(person: JsonObject): Promise<JsonObject[]> {
      const { text } = await call('v1/exports', { reason: 'ticket 17', ...person });
      return text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    },
    ledger: (): JsonObject[] =>
      memory.publisher.messagesOf('decryptions').map(({ data }) => JSON.parse(Buffer.from(data).toString())),
  };
}
