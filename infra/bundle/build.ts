import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type BuildOptions, build, type Metafile, type OutputFile } from 'esbuild';
import { zipSync } from 'fflate';
import { type FunctionName, functionNames } from '../../functions/index.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { cacheFile, functionFile } from './code-cache.ts';
import { compileCheckOfSchemas } from './compiled-check.ts';
import { type ArchivePackage, type LockedPackages, lockfileOf } from './lockfile.ts';
import { leaveOutPackages } from './package-maps.ts';
import { leaveOutUnused } from './stand-ins.ts';

/** A function as a folder that runs. */
export interface BundledFunction<Name extends string = FunctionName> {
  readonly name: Name;
  readonly folder: string;
  /** Files that something of is in it, below the project. */
  readonly sources: readonly string[];
}

/** A deployable function: the folder as a zip, too, whose bytes depend on the sources alone. */
export interface Bundle<Name extends string = FunctionName> extends BundledFunction<Name> {
  readonly zipPath: string;
  readonly zipBytes: number;
  /** Of the zip, hex; names the archive, so that a function is deployed again when and only when it has changed. */
  readonly sha256: string;
}

const projectFolder = resolve(import.meta.dirname, '..', '..');
const entryFile = 'index.js';
const makeCacheFile = 'make-cache.js';
/** Packages that stay outside, installed by Cloud Build from the archive's package.json in exactly these versions. */
export const unbundled: readonly string[] = ['@google-cloud/functions-framework'];
/** Cloud Build starts it, though no bundle imports its command. */
const framework = '@google-cloud/functions-framework';
/** A zip's clock starts in 1980; every entry carries this time, or each build would differ. */
const entryTime = new Date(1980, 0, 1);

/** Every function as a folder and as an archive in `outFolder`, which is emptied first. */
export async function buildBundles(outFolder: string): Promise<Bundle[]> {
  return (await buildFolders(outFolder)).map(archiveOf);
}

/** Writes the folder as a zip beside it. */
export function archiveOf<Name extends string>(bundle: BundledFunction<Name>): Bundle<Name> {
  const zip = zipFiles(bundle.folder);
  const zipPath = `${bundle.folder}.zip`;
  writeFileSync(zipPath, zip);
  return { ...bundle, zipPath, zipBytes: zip.length, sha256: createHash('sha256').update(zip).digest('hex') };
}

/** Every function as a folder in `outFolder`, which is emptied first. */
export function buildFolders(outFolder: string): Promise<BundledFunction[]> {
  rmSync(outFolder, { recursive: true, force: true });
  return bundleFunctions(
    functionNames.map((name) => {
      const folder = join('functions', name);
      return { name, entryPoint: join(folder, 'main.ts'), workers: workersIn(folder) };
    }),
    outFolder,
  );
}

/** Files of a function that run as threads of it. */
function workersIn(folder: string): string[] {
  const files = readdirSync(join(projectFolder, folder)).filter((file) => file.endsWith('-worker.ts'));
  return files.map((file) => join(folder, file)).sort();
}

/** How code of an archive is built. */
const archiveCode = {
  absWorkingDir: projectFolder,
  // What starts a thread looks for its file beside its own.
  define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // Fewer bytes to read and parse at a cold start. Identifiers stay: to shorten them takes calls that keep the names of
  // functions and classes, which cost a cold start more than the bytes that they save.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions;

export interface FunctionToBundle<Name extends string> {
  readonly name: Name;
  /** Relative to the project. */
  readonly entryPoint: string;
  /** Entry points of threads, each a file of its own in the bundle: `check-worker.ts` becomes `check-worker.js`. */
  readonly workers?: readonly string[];
}

/** Bundles each function as a folder `name` in `outFolder`; what several of them import is read and parsed once. */
export async function bundleFunctions<Name extends string>(
  functions: readonly FunctionToBundle<Name>[],
  outFolder: string,
): Promise<BundledFunction<Name>[]> {
  const { metafile, outputFiles } = await build({
    ...archiveCode,
    entryPoints: functions.flatMap(({ name, entryPoint, workers = [] }) => [
      { in: entryPoint, out: join(name, basename(functionFile, '.js')) },
      ...workers.map((file) => ({ in: file, out: join(name, basename(file, '.ts')) })),
    ]),
    outdir: outFolder,
    external: [...unbundled],
    plugins: [leaveOutUnused(projectFolder), compileCheckOfSchemas()],
    // Stack traces name the sources. Without their content, which would double the archive.
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
  });
  const locked = readLock();
  const programs = await buildPrograms();
  return functions.map(({ name }) => {
    const folder = join(outFolder, name);
    const outputs = Object.entries(metafile.outputs).flatMap(([path, output]) =>
      dirname(resolve(projectFolder, path)) === resolve(folder) ? [output] : [],
    );
    const files = outputFiles.filter(({ path }) => dirname(path) === resolve(folder));
    writeFolder(folder, [...programs, ...files], packageJson(name, outputs, locked), locked);
    const inputs = outputs.flatMap((output) => Object.entries(output.inputs));
    return { name, folder, sources: inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])) };
  });
}

/** What starts a bundle, and what Cloud Build runs: the same in every archive. */
async function buildPrograms(): Promise<readonly OutputFile[]> {
  const starting = `module.exports = require('./load-function.ts').loadFunction(__dirname);`;
  const [start, makeCache] = await Promise.all([
    build({ ...archiveCode, stdin: { contents: starting, resolveDir: import.meta.dirname }, outfile: entryFile }),
    build({ ...archiveCode, entryPoints: [join(import.meta.dirname, 'make-cache.ts')], outfile: makeCacheFile }),
  ]);
  return [...start.outputFiles, ...makeCache.outputFiles];
}

function writeFolder(folder: string, files: readonly OutputFile[], own: ArchivePackage, locked: LockedPackages): void {
  mkdirSync(folder, { recursive: true });
  // Made of another bundle.
  rmSync(join(folder, cacheFile), { force: true });
  const write = (file: string, contents: Uint8Array) => writeFileSync(join(folder, file), contents);
  write('package.json', jsonFile({ ...own }));
  write('package-lock.json', jsonFile(lockfileOf(own, locked)));
  for (const { path, text, contents } of files) {
    write(basename(path), path.endsWith('.map') ? Buffer.from(leaveOutPackages(text)) : contents);
  }
}

function zipFiles(folder: string): Uint8Array {
  const names = readdirSync(folder).filter((name) => name !== cacheFile);
  names.sort((a, b) => (a < b ? -1 : 1));
  const entries = names.map((name) => [name, readFileSync(join(folder, name))] as const);
  return zipSync(Object.fromEntries(entries), { level: 9, mtime: entryTime });
}

/** The archive's package.json: what the bundle imports and does not hold, in the versions of our lockfile. */
function packageJson(name: string, outputs: readonly Metafile['outputs'][string][], lock: LockedPackages) {
  const external = outputs.flatMap(({ imports }) => imports.filter((i) => i.external).map((i) => i.path));
  const packages = new Set([framework, ...external.map(packageOf).filter((path) => path.startsWith('@google-cloud/'))]);
  const dependencies: Record<string, string> = {};
  for (const dependency of [...packages].sort()) {
    const locked = lock[`node_modules/${dependency}`];
    const version = isJsonObject(locked) ? locked['version'] : undefined;
    if (typeof version !== 'string') throw new Error(`${dependency} is not in package-lock.json; run npm install`);
    dependencies[dependency] = version;
  }
  return {
    name: `edi-${name}`,
    private: true,
    main: entryFile,
    // The npm buildpack runs it, and fails the deployment if it fails ("Executing custom build steps", Node.js buildpacks).
    scripts: { 'gcp-build': `node ${makeCacheFile} || echo 'no code cache: the function only starts slower'` },
    engines: { node: '24' },
    dependencies,
  };
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
