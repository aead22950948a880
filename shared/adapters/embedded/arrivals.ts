/** Tells whoever waits for messages that there may be some. */
export class Arrivals {
  readonly #listeners = new Set<() => void>();
  #mayBeThere: boolean;

  constructor(mayBeThere: boolean) {
    this.#mayBeThere = mayBeThere;
  }

  /** False: there are none until the next `tell`. */
  get mayBeThere(): boolean {
    return this.#mayBeThere;
  }

  /** Calls `listener` with each `tell`, and soon when there may be some already. Returns how to stop that. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#mayBeThere) queueMicrotask(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(): void {
    this.#mayBeThere = true;
    // A listener that throws must not stop the effects of a commit half-way.
    for (const listener of this.#listeners) queueMicrotask(listener);
  }

  /** Somebody looked, and found none. */
  noneThere(): void {
    this.#mayBeThere = false;
  }

  close(): void {
    this.#listeners.clear();
  }
}
