/** A program that something beside the product itself runs. */
export interface OptionalProgram {
  readonly name: string;
  readonly command: string;
  /** How it is asked for its version. */
  readonly args: readonly string[];
  readonly version: RegExp;
  /** What is run with it. */
  readonly usedBy: string;
  /** What is missing although it is there, by what it says. */
  readonly lacks?: (said: string) => string | undefined;
}

const emulators = ['beta', 'cloud-firestore-emulator', 'pubsub-emulator'];
const minJavaMajor = 11;

/** In the order in which they are asked for most. The tests and checks that lack one are skipped, and say so. */
export const optionalPrograms: readonly OptionalProgram[] = [
  {
    name: 'git',
    command: 'git',
    args: ['--version'],
    version: /version (\S+)/,
    usedBy: 'schema check, to compare with the base branch',
  },
  {
    name: 'gcloud',
    command: 'gcloud',
    args: ['--version'],
    version: /Google Cloud SDK (\S+)/,
    usedBy: 'npm start -- --emulators, their tests, npm run infra:preflight, commands with --env',
    lacks(said) {
      const missing = emulators.filter((component) => !new RegExp(`^${component} `, 'm').test(said));
      return missing.length === 0 ? undefined : `without the components ${missing.join(', ')}`;
    },
  },
  {
    name: 'java',
    command: 'java',
    args: ['-version'],
    version: /version "([^"]+)"/,
    usedBy: "Google's emulators",
    lacks(said) {
      const version = /version "([^"]+)"/.exec(said)?.[1] ?? '';
      return Number.parseInt(version, 10) >= minJavaMajor ? undefined : `${version} is older than ${minJavaMajor}`;
    },
  },
  {
    name: 'chromium',
    command: 'sh',
    args: [
      '-c',
      'for name in chromium-headless-shell chromium chromium-browser google-chrome; do "$name" --version && exit 0; done; exit 1',
    ],
    version: /(\d+(?:\.\d+)+)/,
    usedBy: 'tests in a browser, npm run check -- pictures',
  },
  {
    name: 'terraform',
    command: 'terraform',
    args: ['version'],
    version: /Terraform v(\S+)/,
    usedBy: 'npm run deploy, npm run infra:validate, npm run check -- apply-emulator',
  },
  {
    name: 'go',
    command: 'go',
    args: ['version'],
    version: /go version go(\S+)/,
    usedBy: 'npm run check -- cloudevents-sdks go',
  },
  {
    name: 'python3',
    command: 'python3',
    args: ['--version'],
    version: /Python (\S+)/,
    usedBy: 'npm run check -- cloudevents-sdks python, schema-validators, tink',
  },
  {
    name: 'C compiler',
    command: 'cc',
    args: ['--version'],
    version: /(\d+\.\d+\.\d+)/,
    usedBy: 'npm run check -- power-failure',
  },
];
