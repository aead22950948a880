import { Command } from 'commander';
import { expect, test } from 'vitest';
import type { DoctorPorts } from '../../../infra/cli/doctor/look.ts';
import { addDoctorCommand } from '../../../infra/cli/doctor.ts';
import { runCli } from '../../../infra/cli/program.ts';
import { makeCollectingIo } from './collecting-io.ts';

const gcloud = 'Google Cloud SDK 528.0.0\nbeta 2025.06.20\ncloud-firestore-emulator 1.19.9\npubsub-emulator 0.8.20\n';

/** What each program answers; another is not there. */
const everything: Readonly<Record<string, string>> = {
  npm: '11.0.0\n',
  git: 'git version 2.39.5\n',
  gcloud,
  java: 'openjdk version "17.0.15" 2025-04-15\n',
  sh: 'Chromium 156.0.8078.108 built on Debian\n',
  terraform: 'Terraform v1.11.4\n',
  go: 'go version go1.26.8 linux/amd64\n',
  python3: 'Python 3.11.7\n',
  cc: 'cc (Debian) 12.2.0\n',
};

async function doctor(
  programs: Readonly<Record<string, string>>,
  machine: Partial<DoctorPorts> = {},
  args: readonly string[] = [],
) {
  const io = makeCollectingIo();
  let exitCode: number | undefined;
  const ports: DoctorPorts = {
    async run({ command }) {
      const stdout = programs[command];
      return { status: stdout === undefined ? undefined : 0, stdout: stdout ?? '', stderr: '', interrupted: false };
    },
    platform: 'linux',
    nodeVersion: 'v24.21.0',
    npmNodeVersion: 'v24.21.0',
    freeDiskBytes: async () => 10 ** 11,
    memoryBytes: 2 ** 33,
    processors: 2,
    loadDuckDb: async () => undefined,
    writeData: async () => undefined,
    listen: async () => undefined,
    isPortTaken: async () => false,
    ...machine,
  };
  const program = new Command('edi').exitOverride();
  const exit = (code: number) => {
    exitCode = code;
  };
  addDoctorCommand(program, io, { exit, openPorts: async () => ports });
  await program.parseAsync(['doctor', ...args], { from: 'user' });
  const out = io.outText();
  return { exitCode, out, line: (name: string) => out.split('\n').find((line) => line.includes(` ${name} `)) };
}

test('a machine that has everything is told its versions', async () => {
  const { exitCode, out, line } = await doctor(everything);
  expect(exitCode).toBe(0);
  expect(out).not.toMatch(/missing|NEEDED/);
  for (const [name, version] of [
    ['node', 'v24.21.0'],
    ['gcloud', '528.0.0'],
    ['java', '17.0.15'],
    ['chromium', '156.0.8078.108'],
    ['terraform', '1.11.4'],
    ['go', '1.26.8'],
  ] as const) {
    expect(line(name)).toContain(`ok      ${name.padEnd(12)} ${version}`);
  }
});

test('what only tests, checks and deployments need may be missing, and it is said what for', async () => {
  const { exitCode, line, out } = await doctor({ npm: '11.0.0' });
  expect(exitCode).toBe(0);
  expect(line('terraform')).toMatch(/^ {2}missing terraform .*npm run infra:validate/);
  expect(line('java')).toMatch(/missing java .*emulators/);
  expect(out).toContain('The product runs here.');
});

test('gcloud without its emulators, and an old Java, are missing', async () => {
  const { line } = await doctor({ ...everything, gcloud: 'Google Cloud SDK 528.0.0\n', java: 'version "1.8.0_1"\n' });
  expect(line('gcloud')).toMatch(
    /missing gcloud .*without the components beta, cloud-firestore-emulator, pubsub-emulator/,
  );
  expect(line('java')).toMatch(/missing java .*1\.8\.0_1 is older than 11/);
});

const broken = async () => {
  throw new Error('not allowed');
};

test.each<[string, Partial<DoctorPorts>, RegExp]>([
  ['an old Node', { nodeVersion: 'v20.1.0' }, /NEEDED {2}node .*v20\.1\.0 is older than 24/],
  ['a DuckDB for another machine', { loadDuckDb: broken }, /NEEDED {2}duckdb .*not allowed: run `npm ci` again/],
  ['a folder that cannot be written', { writeData: broken }, /NEEDED {2}data folder .*--data FOLDER/],
  ['no loopback', { listen: broken }, /NEEDED {2}loopback /],
  ['a full disk', { freeDiskBytes: async () => 1_000 }, /NEEDED {2}disk .*0\.0 GiB free/],
])('%s is needed, and the exit code says so', async (_, machine, text) => {
  const { exitCode, out } = await doctor(everything, machine);
  expect(exitCode).toBe(1);
  expect(out).toMatch(text);
  expect(out).toContain('does not run here');
});

test('no npm, and an old one', async () => {
  expect((await doctor({})).exitCode).toBe(1);
  expect((await doctor({ npm: '9.1.0' })).line('npm')).toMatch(/NEEDED {2}npm .*9\.1\.0 is older than 10/);
});

test('the warnings of npm on an older Node are explained, and a port that is taken is told', async () => {
  const { exitCode, out } = await doctor(everything, { npmNodeVersion: 'v20.1.0', isPortTaken: async () => true });
  expect(exitCode).toBe(0);
  expect(out).toMatch(/npm's node +v20\.1\.0; .*EBADENGINE, which changes nothing/);
  expect(out).toMatch(/port 8080 +something listens there/);
});

test('--json says the same for machines', async () => {
  const { out } = await doctor({ npm: '11.0.0' }, {}, ['--json']);
  const { ok, lines } = JSON.parse(out);
  expect(ok).toBe(true);
  expect(lines).toContainEqual({ name: 'go', state: 'missing', text: 'not found', usedBy: expect.any(String) });
});

test('is a command, and this machine has what the tests run on', async () => {
  const io = makeCollectingIo();
  expect(await runCli(['doctor'], io)).toBe(0);
  expect(io.outText()).toContain(process.version);
});
