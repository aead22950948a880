// Which test files are in which of Vitest's projects (`vitest.config.ts`): globs from the root.
// `unit/boundaries/check-projects.ts` holds the files to it.

/** The folders that the fast tests are from: all that is not named below. */
export const fastFolders = ['test/{unit,infra,schema}/**/*.test.ts'];

/** Long by their nature: too long for every save, and run whole by `npm test` and CI. */
export const longTests = [
  // Every adapter of a port, on Google's emulators and in processes of its own.
  'test/contract/**/*.test.ts',
  // Weeks of simulated time, by the hundred.
  'test/simulation/**/*.test.ts',
  // Thousands of draws.
  'test/**/*.property.test.ts',
  // Ten runs of Vitest.
  'test/unit/mutants/**/*.test.ts',
  // Databases and processes of a local deployment, and statements over many rows of its tables.
  'test/unit/{duckdb,local,scrub-property}/**/*.test.ts',
  'test/unit/finish-erasures/rows.test.ts',
  // A file of 70 MB, through a queue on the disk.
  'test/unit/cli/send-large-file.test.ts',
  // The functions' bundles and archives.
  'test/unit/infra/bundle-contents.test.ts',
  'test/infra/archives.test.ts',
];

/**
 * Of the long ones those that share processes, as the fast ones do: they are many, and short beside what each of them would
 * load. The rest computes for long, and is spread among whole deployments.
 */
export const longSharedTests = ['test/contract/**/*.test.ts', 'test/unit/{duckdb,local}/**/*.test.ts'];

/** Fast, and in a process of their own: what they do to it, such as a module that they replace, stays. */
export const aloneTests = ['test/unit/gcp/publisher-answers.test.ts', 'test/unit/gcp/firestore-answers.test.ts'];

/** Whole deployments, which mostly wait. */
export const wholeTests = ['test/{integration,e2e}/**/*.test.ts'];
