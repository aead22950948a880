/** Runs an operation when those before it have ended, whatever became of them. */
export type InTurn<Subject> = <T>(operation: (subject: Subject) => Promise<T>) => Promise<T>;

/** One line of operations on something, in the order of the calls, once it is there. */
export function makeInTurn<Subject>(subject: Promise<Subject>): InTurn<Subject> {
  let last: Promise<unknown> = subject;
  return (operation) => {
    const result = last.then(() => subject).then(operation);
    last = result.catch(() => {});
    return result;
  };
}
