import type { Warehouse } from '../../shared/adapters/embedded/duckdb/tables.ts';
import type { SchemaProblem } from '../../shared/event/schema-problem.ts';
import { sinkTable } from '../../shared/event-types/alpha.ts';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import type { BusTopology } from '../../shared/ports/bus-topology.ts';
import type { MessageReader } from '../../shared/ports/message-reader.ts';
import { wayOut } from '../../shared/publication/replacement.ts';
import { schemaObjectName } from '../../shared/publication/schema-object.ts';
import type { SchemaFileProblem } from '../../shared/schema-language/schema-folder.ts';
import { datasets } from '../naming.ts';
import { type DeliverySettings, defaultDelivery, makeTopology } from '../topology.ts';
import { eventOf } from '../type-views.ts';
import { tablesOnly } from './bus-topology.ts';
import type { LiveFeed } from './live-feed.ts';
import { startTableSinks, type TableSink } from './table-sink.ts';
import { ensureTables, type MadeTables, TableChangeError } from './tables.ts';

export interface LiveTablesOptions {
  readonly bus: MessageReader;
  /** Makes topics and subscriptions; what is there stays. */
  readonly declare: (topology: BusTopology) => Promise<void> | void;
  readonly warehouse: Warehouse;
  readonly observer: Observer;
  readonly feed: LiveFeed;
  readonly delivery?: DeliverySettings;
}

/** The local deployment's part of `cdktf deploy`: what a type needs before its revision is in use. */
export interface LiveTables {
  /**
   * Makes table, view, topic and subscription of each type, or adds the table's new columns, and has what comes written.
   * Rejects with `TableChangeError`.
   */
  add(schemas: readonly EventSchema[]): Promise<void>;
  /** The same for types that are active already. Answers which have a table that they do not fit, and are left out. */
  addFitting(schemas: readonly EventSchema[]): Promise<readonly SchemaFileProblem[]>;
  /**
   * The same for one type that is being published; answers why it cannot be. One that replaces its revision has its own
   * table made anew where it does not fit, with what of the rows fits.
   */
  prepare(schema: EventSchema, how: { readonly replaces: boolean }): Promise<readonly SchemaProblem[]>;
  stop(): Promise<void>;
}

export function makeLiveTables({ declare, delivery = defaultDelivery, ...options }: LiveTablesOptions): LiveTables {
  const sinks = new Map<string, TableSink>();
  const known = new Map<string, EventSchema>();
  const made: MadeTables = new Map();
  let last: Promise<void> = Promise.resolve();

  /** A view over all majors of a type needs those that came before. */
  function withOtherMajors(schemas: readonly EventSchema[]): EventSchema[] {
    const events = new Set(schemas.map(({ edi }) => eventOf(edi.type)));
    const before = [...known.values()].filter(({ edi }) => events.has(eventOf(edi.type)));
    return [...new Map([...before, ...schemas].map((schema) => [schema.edi.type, schema])).values()];
  }

  async function addNow(schemas: readonly EventSchema[], renewed?: string): Promise<void> {
    const topology = makeTopology(schemas, delivery);
    const typeViews = makeTopology(withOtherMajors(schemas), delivery).typeViews;
    await ensureTables(options.warehouse, { ...topology, typeViews }, { made, renewed });
    for (const schema of schemas) known.set(schema.edi.type, schema);
    const fresh = topology.subscriptions.filter(({ name, target }) => target.kind === 'table' && !sinks.has(name));
    if (fresh.length === 0) return;
    await declare(tablesOnly(topology));
    for (const { name, sink } of startTableSinks({ ...options, subscriptions: fresh })) sinks.set(name, sink);
  }

  /** One at a time, so that no subscription gets two readers. */
  function add(schemas: readonly EventSchema[], renewed?: string): Promise<void> {
    const added = last.then(() => addNow(schemas, renewed));
    last = added.catch(() => undefined);
    return added;
  }

  async function addFitting(schemas: readonly EventSchema[]): Promise<readonly SchemaFileProblem[]> {
    try {
      await add(schemas);
      return [];
    } catch (error) {
      if (!(error instanceof TableChangeError)) throw error;
      const unfit = schemas.find(({ edi }) => error.dataset === datasets.raw && sinkTable(edi) === error.table);
      // A table of ours, which another version of this made.
      if (unfit === undefined || unfit.edi.stage === 'alpha') throw error;
      const { type } = unfit.edi;
      const problem = { file: schemaObjectName(type), pointer: '', message: `${error.message}; ${wayOut(type)}` };
      return [problem, ...(await addFitting(schemas.filter((schema) => schema !== unfit)))];
    }
  }

  return {
    add,
    addFitting,
    async prepare(schema, { replaces }) {
      try {
        const own = replaces && schema.edi.stage !== 'alpha' ? sinkTable(schema.edi) : undefined;
        await add([schema], own);
        return [];
      } catch (error) {
        if (error instanceof TableChangeError) return [{ pointer: '', message: error.message }];
        throw error;
      }
    },
    async stop() {
      await last;
      await Promise.all([...sinks.values()].map((sink) => sink.stop()));
    },
  };
}
