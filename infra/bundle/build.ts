import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { zipSync } from 'fflate';
import { type FunctionName, functionNames } from '../../functions/index.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { type LockedPackages, lockfileOf } from './lockfile.ts';
import { leaveOutPackages } from './package-maps.ts';
import { leaveOutUnused } from './stand-ins.ts';

/** A deployable function: a folder that runs, and the same as a zip whose bytes depend on the sources alone. */
export interface Bundle<Name extends string = FunctionName> {
  readonly name: Name;
  readonly folder: string;
  readonly zipPath: string;
  readonly zipBytes: number;
  /** Of the zip, hex; names the archive, so that a function is deployed again when and only when it has changed. */
  readonly sha256: string;
  /** Files that something of is in it, below the project. */
  readonly sources: readonly string[];
}

const projectFolder = resolve(import.meta.dirname, '..', '..');
const entryFile = 'index.js';
/** Packages that stay outside, installed by Cloud Build from the archive's package.json in exactly these versions. */
export const unbundled: readonly string[] = ['@google-cloud/functions-framework'];
/** Cloud Build starts it, though no bundle imports its command. */
const framework = '@google-cloud/functions-framework';
/** A zip's clock starts in 1980; every entry carries this time, or each build would differ. */
const entryTime = new Date(1980, 0, 1);

/** Bundles every function below `outFolder`, which is emptied first. */
export async function buildBundles(outFolder: string): Promise<Bundle[]> {
  rmSync(outFolder, { recursive: true, force: true });
  const bundles: Bundle[] = [];
  for (const name of functionNames) {
    const folder = join('functions', name);
    bundles.push(
      await bundleFunction({ name, entryPoint: join(folder, 'main.ts'), workers: workersIn(folder), outFolder }),
    );
  }
  return bundles;
}

/** Files of a function that run as threads of it. */
function workersIn(folder: string): string[] {
  const files = readdirSync(join(projectFolder, folder)).filter((file) => file.endsWith('-worker.ts'));
  return files.map((file) => join(folder, file)).sort();
}

export interface BundleOptions<Name extends string> {
  readonly name: Name;
  /** Relative to the project. */
  readonly entryPoint: string;
  /** Entry points of threads, each a file of its own in the bundle: `check-worker.ts` becomes `check-worker.js`. */
  readonly workers?: readonly string[];
  readonly outFolder: string;
}

/** Bundles one function as `name` and `name.zip` in `outFolder`. */
export async function bundleFunction<Name extends string>(options: BundleOptions<Name>): Promise<Bundle<Name>> {
  const { name, entryPoint, outFolder, workers = [] } = options;
  const folder = join(outFolder, name);
  const { metafile, outputFiles } = await build({
    absWorkingDir: projectFolder,
    entryPoints: [
      { in: entryPoint, out: basename(entryFile, '.js') },
      ...workers.map((file) => ({ in: file, out: basename(file, '.ts') })),
    ],
    outdir: folder,
    // What starts a thread looks for its file beside its own.
    define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    external: [...unbundled],
    plugins: [leaveOutUnused(projectFolder)],
    // Fewer bytes to read and parse at a cold start. Identifiers stay: to shorten them takes calls that keep the names of
    // functions and classes, which cost a cold start more than the bytes that they save.
    minifyWhitespace: true,
    minifySyntax: true,
    // Node, started with --enable-source-maps, names the sources in stack traces. Without their content, which would double
    // the archive.
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  const locked = readLock();
  const own = packageJson(name, metafile, locked);
  const files: Record<string, Uint8Array> = {
    'package.json': jsonFile(own),
    'package-lock.json': jsonFile(lockfileOf(own, locked)),
  };
  for (const { path, text, contents } of outputFiles) {
    files[basename(path)] = path.endsWith('.map') ? Buffer.from(leaveOutPackages(text)) : contents;
  }
  mkdirSync(folder, { recursive: true });
  for (const [file, contents] of Object.entries(files)) writeFileSync(join(folder, file), contents);
  const zip = zipFiles(files);
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const sources = inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
  const zipPath = join(outFolder, `${name}.zip`);
  writeFileSync(zipPath, zip);
  return {
    name,
    folder,
    zipPath,
    zipBytes: zip.length,
    sha256: createHash('sha256').update(zip).digest('hex'),
    sources,
  };
}

function zipFiles(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const entries = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  return zipSync(Object.fromEntries(entries), { level: 9, mtime: entryTime });
}

/** The archive's package.json: what the bundle imports and does not hold, in the versions of our lockfile. */
function packageJson(name: string, { inputs }: Metafile, lock: LockedPackages) {
  const external = Object.values(inputs).flatMap(({ imports }) => imports.filter((i) => i.external).map((i) => i.path));
  const packages = new Set([framework, ...external.map(packageOf).filter((path) => path.startsWith('@google-cloud/'))]);
  const dependencies: Record<string, string> = {};
  for (const dependency of [...packages].sort()) {
    const locked = lock[`node_modules/${dependency}`];
    const version = isJsonObject(locked) ? locked['version'] : undefined;
    if (typeof version !== 'string') throw new Error(`${dependency} is not in package-lock.json; run npm install`);
    dependencies[dependency] = version;
  }
  return { name: `edi-${name}`, private: true, main: entryFile, engines: { node: '24' }, dependencies };
}

function jsonFile(content: JsonObject): Buffer {
  return Buffer.from(`${JSON.stringify(content, null, 2)}\n`);
}

function packageOf(specifier: string): string {
  return specifier.split('/').slice(0, 2).join('/');
}

function readLock(): LockedPackages {
  const value: JsonValue = JSON.parse(readFileSync(join(projectFolder, 'package-lock.json'), 'utf8'));
  const packages = isJsonObject(value) ? value['packages'] : undefined;
  return isJsonObject(packages) ? packages : {};
}
