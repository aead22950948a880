/** A fault of one line, and the test that must notice it. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Stands in the file exactly once; one that does not is a failure: the list has to follow the code. */
  readonly old: string;
  readonly new: string;
  /** The test file that must fail. */
  readonly test: string;
  /** Runs in CI, too. */
  readonly inCi?: true;
}
