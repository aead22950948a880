/** Runs an operation when those before it have ended, whatever became of them. */
export type InTurn = <T>(operation: () => Promise<T>) => Promise<T>;

/** One line of operations, in the order of the calls; the first waits for `before`. */
export function makeInTurn(before: Promise<unknown> = Promise.resolve()): InTurn {
  let last = before.catch(() => undefined);
  return (operation) => {
    const result = last.then(operation);
    last = result.catch(() => undefined);
    return result;
  };
}
