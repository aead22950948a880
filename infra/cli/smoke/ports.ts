import type { JsonObject } from '../../../shared/event/json.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import type { Dialect } from '../../sql-dialect.ts';
import type { FunctionTarget } from '../function-target.ts';
import type { Lacks } from './checks.ts';
import type { DoorClient } from './door-client.ts';

/** A status, and the JSON of the answer where it is an object; undefined where nobody answers. */
export interface Answered {
  readonly status: number;
  readonly body: JsonObject;
}

/** What a deployment's logs say of pushes since its functions log. */
export interface PushLogs {
  /** When a function last told that Cloud Run takes the signatures out; undefined where none did. */
  readonly removedAt?: string;
  /** Why a push was refused last, since the smoke test began. */
  readonly refusal?: string;
}

/** What a smoke test has of a deployment. */
export interface SmokePorts {
  /** As people know it: `environment dev`. */
  readonly target: string;
  readonly frontDoor: {
    readonly url: string;
    health(): Promise<Answered | undefined>;
    /** An empty batch without any key. */
    withoutKey(): Promise<Answered | undefined>;
    /** A client with this key; its retries are its own. */
    client(key: string): DoorClient;
  };
  /** Of the binding `edi-smoke`. */
  readonly key: string;
  /** Rows of a query. Rejects with `CliError` or `Unavailable`. */
  rows(queryOf: (dialect: Dialect) => string): Promise<JsonObject[]>;
  /** What a query would read, in bytes. */
  dryRunBytes?(queryOf: (dialect: Dialect) => string): Promise<number>;
  /** Since an instant in Unix milliseconds. */
  pushLogs?(sinceMillis: number): Promise<PushLogs>;
  /** Computes freshness at once, where no schedule does it. */
  computeFreshness?(): Promise<void>;
  readonly replay: FunctionTarget;
  /** Whether the function replay lets in who shows no token; its status. */
  replayWithoutToken(): Promise<number | undefined>;
  readonly lacks: Lacks;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long rows are waited for, and how often is looked. */
  readonly maxWaitMillis: number;
  readonly pollMillis: number;
}
