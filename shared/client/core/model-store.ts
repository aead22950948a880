import { makeInTurn } from './in-turn.ts';
import type { Durability, SealedBatch, Store, StoredEvent } from './ports.ts';
import { QueueModel, type QueueRecord } from './queue-model.ts';

export interface ModelStoreOptions {
  readonly durability: Durability;
  readonly model?: QueueModel;
  /** Keeps the records of one operation; what it rejects with has not happened. Default: they are in memory only. */
  readonly write?: (records: readonly QueueRecord[]) => Promise<void>;
  /** Nothing is left of what the model does not have any more. */
  readonly forget?: () => Promise<void>;
  readonly close?: () => Promise<void>;
  /** The name of a new installation; `isAnother`: one that this queue has not had before. */
  readonly newSource: (isAnother: boolean) => string;
}

/** A store whose queue is in memory, and its changes wherever `write` keeps them. Operations follow one another. */
export function makeModelStore(options: ModelStoreOptions): Store {
  const { durability, write, newSource, model = new QueueModel() } = options;
  const inTurn = makeInTurn(Promise.resolve());

  async function change(records: readonly QueueRecord[]): Promise<void> {
    if (records.length === 0) return;
    if (write !== undefined) await write(records);
    for (const record of records) model.apply(record);
  }

  function named(): QueueRecord[] {
    return model.source === '' ? [{ do: 'source', source: newSource(false) }] : [];
  }

  const another = (): QueueRecord => ({ do: 'source', source: newSource(true) });
  const eventsOf = (id: number): StoredEvent[] =>
    (model.batches.get(id) ?? []).flatMap((n) => model.events.get(n) ?? []);
  const batchOf = (id: number): SealedBatch => ({ id, events: eventsOf(id) });

  return {
    durability,
    state: () =>
      inTurn(async () => {
        // A name that cannot be kept now is given with the first event.
        if (model.consent) await change(named()).catch(() => undefined);
        const { consent, source, note } = model;
        return { ...model.size(), consent, source, note, losses: model.losses() };
      }),
    append: (drafts, bounds, losses = []) =>
      inTurn(async () => {
        if (!model.consent) return { kept: [], losses: [], withdrawn: true };
        await change(named());
        const { records, kept, lost } = model.planAppend(drafts, bounds);
        await change(losses.length === 0 ? records : [...records, { do: 'lose', losses }]);
        const isKept = (event: StoredEvent) => model.events.has(event.n);
        return { kept: kept.filter(isKept), losses: lost };
      }),
    seal: (limits) =>
      inTurn(async () => {
        const events = model.planSeal(limits);
        if (events.length === 0) return undefined;
        const id = model.nextBatch;
        await change([{ do: 'seal', id, events: events.map(({ n }) => n) }]);
        return { id, events };
      }),
    batches: () => inTurn(async () => [...model.batches.keys()]),
    read: (id) => inTurn(async () => (model.batches.has(id) ? batchOf(id) : undefined)),
    settle: ({ id }, into, losses = []) =>
      inTurn(async () => {
        const batches = into.map((events, at) => ({ id: model.nextBatch + at, events: events.map(({ n }) => n) }));
        if (!model.batches.has(id)) return [];
        const settled: QueueRecord = { do: 'settle', id, into: batches };
        await change(losses.length === 0 ? [settled] : [settled, { do: 'lose', losses }]);
        return batches.map((batch) => batch.id);
      }),
    restart: () => inTurn(() => change(model.consent ? [another()] : [])),
    setConsent: (given) =>
      inTurn(async () => {
        const said: QueueRecord = { do: 'consent', given };
        if (model.consent !== given) await change(given ? [said, another()] : [said]);
        if (!given) await options.forget?.();
      }),
    note: (text) => inTurn(() => change(model.consent ? [{ do: 'note', text }] : [])),
    close: () => inTurn(async () => options.close?.()),
  };
}
