import type { QuerySource } from '../../shared/adapters/embedded/duckdb/database.ts';
import type { Durability } from '../../shared/adapters/embedded/group-commit.ts';
import type { HttpHandler } from '../../shared/http/http.ts';
import type { LineBacklog } from '../../shared/ports/operations.ts';
import type { SchemaFileProblem } from '../../shared/schema-language/schema-folder.ts';
import type { KeyAdmin } from '../../shared/write-keys/key-admin.ts';
import type { LegacyUploads } from './legacy-uploads.ts';
import type { LiveFeed } from './live-feed.ts';
import type { LocalCompleteness } from './local-completeness.ts';
import type { LocalQueries } from './local-queries.ts';
import type { SchemaUploads } from './schema-uploads.ts';

export interface LocalDeploymentOptions {
  readonly port: number;
  readonly dataFolder: string;
  readonly schemaFolder: string;
  /** How long `stop` waits for the backlog to be worked off. */
  readonly drainSeconds: number;
  /** What is acknowledged survives; of embedded storage. Default: the first of `durabilities`. */
  readonly durability?: Durability;
  /** Calls heartbeat at its times, and at the start. Default false. */
  readonly heartbeats?: boolean;
}

/** What the local deployment has done since it started, and what it has left to do. */
export interface LocalStatus {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly rows: number;
  readonly quarantined: number;
  /** Messages on the bus that are not acknowledged, dead letters left out. */
  readonly backlog: number;
  /** How long the oldest message of the backlog has been on the bus; absent when there is none. */
  readonly oldestMessageAgeMillis?: number;
  /** Messages that wait in dead letters. */
  readonly deadLetters: number;
}

export interface LocalDeployment {
  readonly url: string;
  /** The catalog of event types, for a browser. */
  readonly catalogUrl: string;
  /** A page that sends events and shows what becomes of them; absent where ingest is a process of its own. */
  readonly playgroundUrl?: string;
  /** What happens, for whoever started it: the link holds a token. Absent where ingest is a process of its own. */
  readonly livePageUrl?: string;
  /** For SQL of our own: it is asked in this process, where nothing bounds a query that is made to harm. */
  readonly warehouse: QuerySource;
  readonly queries: LocalQueries;
  readonly feed: LiveFeed;
  readonly logPath: string;
  /** The stored write keys. */
  readonly keys: KeyAdmin;
  readonly schemas: SchemaUploads;
  readonly legacy: LegacyUploads;
  /** Why schemas of the folder were not active as they are when it started. */
  readonly waiting: readonly SchemaFileProblem[];
  /** By name; whoever may ask the operator endpoint may call them, and they have no port of their own. */
  readonly operatorFunctions: ReadonlyMap<string, HttpHandler>;
  readonly completeness: LocalCompleteness;
  /** Write keys by SDK, where the development key is not taken. */
  readonly writeKeys?: Readonly<Record<string, string>>;
  /** What waits in each second line; undefined where nobody counts (Google's emulator). */
  readonly secondLines: () => readonly LineBacklog[] | undefined;
  status(): LocalStatus;
  /** Empties tables and queues and keeps schemas and keys; absent on Google's emulators. */
  reset?(): Promise<void>;
  /** Refuses new connections, works off the backlog for at most `drainSeconds`, closes everything. */
  stop(): Promise<void>;
}
