import type { RunProcess } from '../../run-process.ts';
import { type OptionalProgram, optionalPrograms } from './programs.ts';

/** What is looked at of the machine. */
export interface DoctorPorts {
  readonly run: RunProcess;
  readonly platform: string;
  /** Of the Node that runs this, `v24.21.0`. */
  readonly nodeVersion: string;
  /** The Node that npm itself runs with, where npm started this. */
  readonly npmNodeVersion: string | undefined;
  readonly freeDiskBytes: () => Promise<number>;
  readonly memoryBytes: number;
  readonly processors: number;
  /** Each rejects where it cannot be done: what DuckDB and a deployment need. */
  readonly loadDuckDb: () => Promise<unknown>;
  readonly writeData: () => Promise<unknown>;
  readonly listen: () => Promise<unknown>;
  /** Whether something answers at the port that `npm start` takes. */
  readonly isPortTaken: () => Promise<boolean>;
}

export interface DoctorLine {
  readonly name: string;
  /** `needed`: the product does not run without it. `missing`: something optional is not there. */
  readonly state: 'ok' | 'missing' | 'needed' | 'note';
  /** What was found, or what is to be done. */
  readonly text: string;
  /** What an optional program is for. */
  readonly usedBy?: string;
}

const [minNodeMajor, minNpmMajor] = [24, 10] as const;
const minDiskBytes = 1_073_741_824;
const gibibyte = 1_073_741_824;
/** gcloud takes seconds on a slow machine. */
const timeoutMillis = 30_000;

/** Looks at everything, the needed things first. */
export async function look(ports: DoctorPorts): Promise<readonly DoctorLine[]> {
  const [needed, programs] = await Promise.all([lookAtNeeded(ports), Promise.all(optionalPrograms.map(lookAt(ports)))]);
  return [...needed, ...programs];
}

async function lookAtNeeded(ports: DoctorPorts): Promise<DoctorLine[]> {
  const { platform, processors, memoryBytes, nodeVersion } = ports;
  const machine = `${platform}, ${processors} processors, ${gibibytes(memoryBytes)} of memory`;
  const npm = await ports.run({ command: 'npm', args: ['--version'], output: 'taken', timeoutMillis });
  return [
    { name: 'machine', state: 'note', text: machine },
    atLeast('node', nodeVersion, minNodeMajor, '`npm ci` brings it, and scripts of package.json run with it'),
    ...npmNodeLine(ports),
    npm.status === 0
      ? atLeast('npm', npm.stdout.trim(), minNpmMajor, 'install a newer one')
      : needed('npm', 'not found: install Node with npm'),
    await lineOf('duckdb', ports.loadDuckDb, 'its native module loads', 'run `npm ci` again on this machine'),
    await lineOf('data folder', ports.writeData, 'can be written', 'choose another with `npm start -- --data FOLDER`'),
    await lineOf('loopback', ports.listen, '127.0.0.1 can be listened at', 'a deployment listens at 127.0.0.1'),
    await diskLine(ports),
    ...((await ports.isPortTaken())
      ? [
          {
            name: 'port 8080',
            state: 'note',
            text: 'something listens there: `npm start -- --port N` takes another',
          } as const,
        ]
      : []),
  ];
}

/** What npm says at `npm ci`, and that it does not matter. */
function npmNodeLine({ npmNodeVersion, nodeVersion }: DoctorPorts): DoctorLine[] {
  if (npmNodeVersion === undefined || npmNodeVersion === nodeVersion) return [];
  const text = `${npmNodeVersion}; where it is older, npm warns of EBADENGINE, which changes nothing: scripts run with ${nodeVersion}`;
  return [{ name: "npm's node", state: 'note', text }];
}

function atLeast(name: string, version: string, minMajor: number, fix: string): DoctorLine {
  const major = Number(/^v?(\d+)/.exec(version)?.[1]);
  if (major >= minMajor) return { name, state: 'ok', text: version };
  return needed(name, `${version} is older than ${minMajor}: ${fix}`);
}

function needed(name: string, text: string): DoctorLine {
  return { name, state: 'needed', text };
}

async function lineOf(name: string, attempt: () => Promise<unknown>, good: string, fix: string): Promise<DoctorLine> {
  try {
    await attempt();
    return { name, state: 'ok', text: good };
  } catch (error) {
    return needed(name, `${error instanceof Error ? error.message.split('\n')[0] : 'it failed'}: ${fix}`);
  }
}

async function diskLine({ freeDiskBytes }: DoctorPorts): Promise<DoctorLine> {
  const bytes = await freeDiskBytes();
  if (bytes >= minDiskBytes) return { name: 'disk', state: 'ok', text: `${gibibytes(bytes)} free` };
  return needed('disk', `${gibibytes(bytes)} free: a deployment and a copy for queries want 1 GiB`);
}

function lookAt({ run }: DoctorPorts): (program: OptionalProgram) => Promise<DoctorLine> {
  return async ({ name, command, args, usedBy, version, lacks }) => {
    const end = await run({ command, args, output: 'taken', timeoutMillis });
    const said = `${end.stdout}\n${end.stderr}`;
    if (end.status !== 0) return { name, state: 'missing', text: 'not found', usedBy };
    const lack = lacks?.(said);
    if (lack !== undefined) return { name, state: 'missing', text: lack, usedBy };
    return { name, state: 'ok', text: version.exec(said)?.[1] ?? 'found', usedBy };
  };
}

function gibibytes(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`;
}
