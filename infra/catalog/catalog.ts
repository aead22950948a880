import type { JsonObject, JsonValue } from '../../shared/event/json.ts';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import type { TypeHistory } from './git-history.ts';
import type { Surroundings } from './surroundings.ts';

/** An example beside a schema: the data of an event. */
export interface Example {
  /** What its file calls it: `whole-track`. */
  readonly name: string;
  /** Whether the schema accepts it. */
  readonly passes: boolean;
  readonly data: JsonValue;
}

/** The revision of a type that is in use. */
export interface ActiveState {
  readonly revision: number;
  readonly activatedAtMillis: number;
}

/** An event type as the catalog shows it. */
export interface CatalogType {
  readonly schema: EventSchema;
  /** Absent where the schema comes from files and no registry was asked. */
  readonly active?: ActiveState;
  readonly examples: readonly Example[];
  readonly history: TypeHistory;
}

/** What the pages are made of. */
export interface Catalog {
  /** Sorted by type. */
  readonly types: readonly CatalogType[];
  readonly surroundings: Surroundings;
  /** Where the `curl` lines send to, without a slash at the end. */
  readonly ingestUrl: string;
  /** The write key of the `curl` lines where the shell has none in EDI_KEY. */
  readonly exampleKey: string;
  /** A deployment serves the pages: they ask it for counts, and for the state of types. */
  readonly liveCounts: boolean;
}

/** The example to show a whole event by: the longest that passes, whose data is an object. */
export function fullestExample(examples: readonly Example[]): JsonObject | undefined {
  return passingData(examples).at(-1);
}

/** The example to send from a shell: the shortest that passes. */
export function shortestExample(examples: readonly Example[]): JsonObject | undefined {
  return passingData(examples)[0];
}

function passingData(examples: readonly Example[]): JsonObject[] {
  const lengths = new Map<JsonObject, number>();
  for (const { passes, data } of examples) {
    if (passes && typeof data === 'object' && data !== null && !Array.isArray(data)) {
      lengths.set(data, JSON.stringify(data).length);
    }
  }
  return [...lengths].sort(([, a], [, b]) => a - b).map(([data]) => data);
}
