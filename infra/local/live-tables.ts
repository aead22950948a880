import type { Warehouse } from '../../shared/adapters/embedded/duckdb/tables.ts';
import type { SchemaProblem } from '../../shared/event/schema-problem.ts';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import type { BusTopology } from '../../shared/ports/bus-topology.ts';
import type { MessageReader } from '../../shared/ports/message-reader.ts';
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
  /** The same for one type that is being published; answers why it cannot be. */
  prepare(schema: EventSchema): Promise<readonly SchemaProblem[]>;
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

  async function addNow(schemas: readonly EventSchema[]): Promise<void> {
    const topology = makeTopology(schemas, delivery);
    const typeViews = makeTopology(withOtherMajors(schemas), delivery).typeViews;
    await ensureTables(options.warehouse, { ...topology, typeViews }, made);
    for (const schema of schemas) known.set(schema.edi.type, schema);
    const fresh = topology.subscriptions.filter(({ name, target }) => target.kind === 'table' && !sinks.has(name));
    if (fresh.length === 0) return;
    await declare(tablesOnly(topology));
    for (const { name, sink } of startTableSinks({ ...options, subscriptions: fresh })) sinks.set(name, sink);
  }

  /** One at a time, so that no subscription gets two readers. */
  function add(schemas: readonly EventSchema[]): Promise<void> {
    const added = last.then(() => addNow(schemas));
    last = added.catch(() => undefined);
    return added;
  }

  return {
    add,
    async prepare(schema) {
      try {
        await add([schema]);
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
