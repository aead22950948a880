/** What the rules of this folder leave alone, each with its reason. An exception that is none any more is a finding. */
export interface Exceptions {
  readonly entryPoints: readonly EntryPoint[];
  readonly testOnlyExports: readonly TestOnlyExports[];
  readonly unusedPackages: readonly { readonly name: string; readonly because: string }[];
  readonly longFiles: readonly FileWithReason[];
  readonly loadsByName: readonly FileWithReason[];
}

/** A file that starts something: nobody imports it, and nobody has to. */
interface EntryPoint {
  /** Path or glob from the root. */
  readonly files: string;
  readonly startedBy: string;
  /** What only tests are made of. */
  readonly isTest?: true;
}

interface FileWithReason {
  readonly file: string;
  readonly because: string;
}

/** Exports of the product that tests alone import. */
interface TestOnlyExports extends FileWithReason {
  readonly names: readonly string[];
}

export const exceptions: Exceptions = {
  entryPoints: [
    { files: 'functions/*/main.ts', startedBy: 'the deployed bundle of the function' },
    { files: 'functions/*/*-worker.ts', startedBy: 'the function, as a thread; infra/bundle bundles it beside' },
    { files: 'infra/main.ts', startedBy: 'cdktf.json' },
    { files: 'infra/cli/main.ts', startedBy: 'npm run edi' },
    { files: 'infra/local/main.ts', startedBy: 'npm start' },
    { files: 'infra/local/one-function.ts', startedBy: 'npm run function' },
    { files: 'infra/local/query-child.ts', startedBy: 'query-process.ts, as a process' },
    { files: 'infra/bundle/main.ts', startedBy: 'npm run build' },
    { files: 'infra/bundle/load-function.ts', startedBy: 'index.js of each archive, which build.ts makes of it' },
    { files: 'infra/bundle/make-cache.ts', startedBy: 'npm run gcp-build in an archive; build.ts bundles it' },
    { files: 'test/helpers/build-bundles.ts', startedBy: 'run-services.ts, as a process' },
    { files: 'shared/client/browser/index.ts', startedBy: 'pages; infra/bundle/client.ts bundles it' },
    { files: 'infra/terraform/validate.ts', startedBy: 'npm run infra:validate' },
    { files: 'infra/terraform/replan.ts', startedBy: 'npm run infra:replan' },
    { files: 'infra/terraform/deploy.ts', startedBy: 'npm run deploy' },
    { files: 'infra/preflight/main.ts', startedBy: 'npm run infra:preflight' },
    { files: 'infra/terraform/idle.ts', startedBy: 'npm run infra:idle' },
    { files: 'infra/environments/dev.ts', startedBy: 'known-environments.ts, by its name' },
    { files: 'infra/environments/prod.ts', startedBy: 'known-environments.ts, by its name' },
    { files: 'infra/terraform/review.ts', startedBy: 'npm run infra:review' },
    { files: 'infra/terraform/write-access.ts', startedBy: 'npm run infra:access' },
    { files: 'infra/local/emulators/function-process.ts', startedBy: 'function-supervisor.ts, as a process' },
    { files: 'infra/catalog/assets/*.js', startedBy: 'the pages of the catalog, in a browser' },
    { files: 'infra/local/playground/assets/playground.js', startedBy: 'the page of the playground, in a browser' },
    { files: 'infra/local/live/assets/live.js', startedBy: 'the live page, in a browser' },
    { files: 'test/**/*.test.ts', startedBy: 'npm test', isTest: true },
    { files: 'test/check/client-conformance/adapters/*.ts', startedBy: 'the kit, as processes', isTest: true },
    { files: 'test/vitest.config.ts', startedBy: 'npm test', isTest: true },
    { files: 'test/bench/main.ts', startedBy: 'npm run bench', isTest: true },
    { files: 'test/bench/client-loss-child.ts', startedBy: 'client-loss.ts, as a process', isTest: true },
    { files: 'test/bench/speed-load.ts', startedBy: 'speed-ingest.ts, as a process', isTest: true },
    { files: 'test/bench/speed-server.ts', startedBy: 'speed-ingest.ts, as a process', isTest: true },
    { files: 'test/bench/coldstart-bare.ts', startedBy: 'coldstart.ts, which bundles it', isTest: true },
    { files: 'test/contract/fixtures/*.ts', startedBy: 'contract tests, as processes', isTest: true },
    { files: 'test/helpers/bundled-registry.ts', startedBy: 'a contract test, which bundles it', isTest: true },
    { files: 'test/helpers/bundled-check.ts', startedBy: 'compiled-check.test.ts, which bundles it', isTest: true },
    { files: 'test/helpers/waiting-function.ts', startedBy: 'started-bundle.test.ts, which bundles it', isTest: true },
    { files: 'functions/publish-schema/check-worker.ts', startedBy: 'threaded-check.ts, as a thread' },
    { files: 'test/check/main.ts', startedBy: 'npm run check', isTest: true },
    { files: 'test/simulation/main.ts', startedBy: 'npm run sim', isTest: true },
    { files: 'test/mutants/main.ts', startedBy: 'npm run mutants', isTest: true },
    { files: 'test/helpers/endless-worker.ts', startedBy: 'threaded-check.test.ts, as a thread', isTest: true },
  ],
  testOnlyExports: [
    {
      file: 'functions/replay/function.ts',
      names: ['makeReplayFunction'],
      because: 'its tests talk HTTP to a quarantine that they filled, and to a clock that they set',
    },
    {
      file: 'shared/schema-language/code/typescript.ts',
      names: ['typeScriptOf'],
      because: 'types of any schema are compiled and tried',
    },
    {
      file: 'functions/dedup/function.ts',
      names: ['dedupPorts'],
      because: 'a test gives the stage ports that it can hold up or break',
    },
    {
      file: 'functions/pseudonymize/function.ts',
      names: ['pseudonymizePorts'],
      because: 'a test gives the stage ports that it can hold up or break',
    },
    { file: 'infra/known-environments.ts', names: ['checkApart'], because: 'environments that are no files are tried' },
    {
      file: 'infra/bundle/build.ts',
      names: ['archiveOf', 'bundleFunctions'],
      because: 'a bench bundles a function that does nothing',
    },
    {
      file: 'infra/bundle/client.ts',
      names: ['checkSize', 'maxBrowserGzipBytes'],
      because: 'a test holds the size of the client',
    },
    { file: 'infra/catalog/html.ts', names: ['escapeHtml'], because: 'a property of every text' },
    { file: 'infra/checks/function-rules.ts', names: ['sizeFindings'], because: 'each rule of a size is tried alone' },
    { file: 'infra/cli/demo/plan.ts', names: ['splitIntoBatches'], because: 'a property of all batches and bounds' },
    {
      file: 'shared/adapters/claim-document-limits.ts',
      names: ['claimDocumentBytes'],
      because: 'tests measure how near documents come to the bound',
    },
    {
      file: 'shared/adapters/gcp/kms-master-keyset.ts',
      names: ['newWrappedMasterKeyset'],
      because: 'makes what an environment is deployed with; no command does it yet',
    },
    { file: 'infra/bundle/build.ts', names: ['unbundled'], because: 'the check of licences lists what is installed' },
    { file: 'shared/adapters/gcp/pubsub-admin.ts', names: ['topicName'], because: 'a test deletes a topic' },
    { file: 'shared/batch/sealed-batch.ts', names: ['maxUnsealedBytes'], because: 'tests stand at the bound' },
    { file: 'shared/crypto/aes-siv.ts', names: ['sivBytes'], because: 'tests stand at the bound' },
    {
      file: 'shared/crypto/tink-keyset.ts',
      names: ['maxKeysetBytes', 'maxKeysetKeys'],
      because: 'tests stand at the bounds',
    },
    {
      file: 'shared/crypto/tink-keyset.ts',
      names: ['rotateKeyset'],
      because: 'rotated keysets must open what earlier keys sealed; no command rotates yet',
    },
    {
      file: 'shared/schema-language/lint/replaced-keywords.ts',
      names: ['slips'],
      because: 'a property of the distance',
    },
    { file: 'shared/schema-language/lint/personal-names.ts', names: ['wordsOf'], because: 'each spelling is tried' },
  ],
  unusedPackages: [
    { name: 'node', because: 'puts the right Node first in the PATH of every npm script' },
    { name: '@octokit/webhooks-examples', because: 'the demo loads it with require, when it is there' },
  ],
  longFiles: [],
  loadsByName: [
    { file: 'infra/local/local-functions.ts', because: 'it serves whatever functions/index.ts lists, by folder name' },
    { file: 'infra/known-environments.ts', because: 'an environment is a file, and a copied file is one more' },
    {
      file: 'infra/local/playground/assets/playground.js',
      because: 'the bundle of the client is made when it is asked for',
    },
    { file: 'infra/cli/demo/github-events.ts', because: 'a package of JSON that only development installs' },
    { file: 'infra/local/emulators/function-process.ts', because: 'runs the bundle whose folder it is given' },
    { file: 'infra/bundle/load-function.ts', because: 'gives the bundle beside it what it requires' },
  ],
};
