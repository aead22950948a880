/** What the rules of this folder leave alone, each with its reason. An exception that is none any more is a finding. */
export interface Exceptions {
  readonly entryPoints: readonly EntryPoint[];
  readonly testOnlyExports: readonly TestOnlyExports[];
  readonly unusedPackages: readonly { readonly name: string; readonly because: string }[];
  readonly longFiles: readonly FileWithReason[];
  readonly loadsByName: readonly FileWithReason[];
}

/** A file that starts something: nobody imports it, and nobody has to. */
export interface EntryPoint {
  /** Path or glob from the root. */
  readonly files: string;
  readonly startedBy: string;
  /** What only tests are made of. */
  readonly isTest?: true;
}

export interface FileWithReason {
  readonly file: string;
  readonly because: string;
}

/** Exports of the product that tests alone import. */
export interface TestOnlyExports extends FileWithReason {
  readonly names: readonly string[];
}

export const exceptions: Exceptions = {
  entryPoints: [
    { files: 'functions/*/main.ts', startedBy: 'the deployed bundle of the function' },
    { files: 'infra/main.ts', startedBy: 'cdktf.json' },
    { files: 'infra/cli/main.ts', startedBy: 'npm run edi' },
    { files: 'infra/local/main.ts', startedBy: 'npm start' },
    { files: 'infra/bundle/main.ts', startedBy: 'npm run build' },
    { files: 'infra/terraform/validate.ts', startedBy: 'npm run infra:validate' },
    { files: 'infra/terraform/review.ts', startedBy: 'npm run infra:review' },
    { files: 'infra/terraform/write-access.ts', startedBy: 'npm run infra:access' },
    { files: 'infra/local/emulators/function-process.ts', startedBy: 'function-supervisor.ts, as a process' },
    { files: 'infra/catalog/assets/catalog.js', startedBy: 'the pages of the catalog, in a browser' },
    { files: 'test/**/*.test.ts', startedBy: 'npm test', isTest: true },
    { files: 'test/vitest.config.ts', startedBy: 'npm test', isTest: true },
    { files: 'test/bench/*.ts', startedBy: 'npm run bench:NAME', isTest: true },
    { files: 'test/check/*.ts', startedBy: 'npm run infra:apply-emulator, npm run bigquery:check', isTest: true },
  ],
  testOnlyExports: [],
  unusedPackages: [
    { name: 'node', because: 'puts the right Node first in the PATH of every npm script' },
    { name: 'cdktf-cli', because: 'the command cdktf, run with npx' },
    { name: '@octokit/webhooks-examples', because: 'the demo loads it with require, when it is there' },
    { name: '@google-cloud/firestore', because: 'for functions off the event path, none of which uses it yet' },
  ],
  longFiles: [],
  loadsByName: [
    { file: 'infra/cli/demo/github-events.ts', because: 'a package of JSON that only development installs' },
    { file: 'infra/local/emulators/function-process.ts', because: 'runs the bundle whose folder it is given' },
  ],
};
