import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { systemClock } from '../../../shared/adapters/system-clock.ts';
import { isJsonObject, parseJson } from '../../../shared/event/json.ts';
import type { PublicationAttempt } from '../../../shared/ports/publications.ts';
import { isOlder } from '../../../shared/publication/generation.ts';
import { replacementText } from '../../../shared/publication/replacement.ts';
import {
  readSchemaObjectName,
  replacementObjectName,
  schemaObjectName,
  sdksObjectName,
} from '../../../shared/publication/schema-object.ts';
import { CliError } from '../cli-error.ts';
import type { CommandIo } from '../command-io.ts';
import { makeProgressBar, type ProgressBar } from '../demo/progress-bar.ts';
import { sleep } from '../sleep.ts';
import { reasonLines } from './publication-text.ts';
import { listSchemaFiles } from './schema-files.ts';
import type { SchemaTarget } from './schema-target.ts';

export interface PublishRequest {
  readonly folder: string;
  /** Schema files or `sdks.json`; when empty those of `replace`, or all of the folder. */
  readonly files: readonly string[];
  /** Types that may become what their active revision would refuse. */
  readonly replace: readonly string[];
  readonly unchecked: boolean;
  readonly waitMillis: number;
  readonly openTarget: () => Promise<SchemaTarget>;
}

const pollMillis = 100;
/** An instance behind a load balancer answers now and then; a view of the registry is at most 2 s old under traffic. */
const quietMillis = 3_000;

/** Checks, uploads, and waits until everything is in use. Answers the exit code. */
export async function runPublish(request: PublishRequest, io: CommandIo): Promise<number> {
  const objects = await chosenObjects(request);
  if (!request.unchecked && !(await isGood(request, objects, io))) return 1;
  const target = await request.openTarget();
  try {
    return await publish(target, { objects, ...request }, io);
  } finally {
    await target.close();
  }
}

/** Bindings first: types name them. */
async function chosenObjects({ folder, files, replace }: PublishRequest): Promise<string[]> {
  if (files.length + replace.length === 0) return [sdksObjectName, ...(await listSchemaFiles(folder)).schemas.values()];
  const given = files.map((file) => {
    const object = relative(folder, file).replaceAll('\\', '/');
    const { kind } = readSchemaObjectName(object);
    if (kind === 'type' || kind === 'sdks') return object;
    throw new CliError(`${file} is neither <domain>/<event>.v<major>.json nor sdks.json of ${folder}`);
  });
  const known = replace.length === 0 ? undefined : (await listSchemaFiles(folder)).schemas;
  const replaced = replace.map((type) => {
    const object = known?.get(type);
    if (object !== undefined) return object;
    throw new CliError(`--replace ${type}: ${folder} has no ${schemaObjectName(type)}; --schemas names another folder`);
  });
  return [...new Set([...given, ...replaced])].sort(
    (a, b) => Number(b === sdksObjectName) - Number(a === sdksObjectName),
  );
}

async function isGood(
  { folder, files, replace }: PublishRequest,
  objects: readonly string[],
  io: CommandIo,
): Promise<boolean> {
  const { checkFolder } = await import('./check-folder.ts');
  const schemas = objects.filter((object) => object !== sdksObjectName).map((object) => join(folder, object));
  // The bindings are checked with any file.
  const whole = files.length + replace.length === 0;
  const report = await checkFolder({ folder, files: whole ? [] : schemas, replaced: new Set(replace) });
  if (report.ok) return true;
  const { reportText } = await import('./report-text.ts');
  await io.err.write(reportText(report, io.err.isTerminal && !process.env['NO_COLOR']));
  await io.err.write('Nothing was uploaded.\n');
  return false;
}

interface Publication extends PublishRequest {
  readonly objects: readonly string[];
}

async function publish(target: SchemaTarget, publication: Publication, io: CommandIo): Promise<number> {
  const endMillis = systemClock.nowMillis() + publication.waitMillis;
  const pending = new Map<string, string>();
  for (const object of publication.objects) {
    const text = await readFile(join(publication.folder, object), 'utf8');
    await permitReplacement(target, { object, text, replace: publication.replace });
    pending.set(object, await target.upload(object, text));
  }
  await io.out.write(`uploaded ${pending.size} ${pending.size === 1 ? 'object' : 'objects'} to ${target.name}\n`);
  const bar = makeProgressBar(io.err);
  const settled = await settle(target, { pending, endMillis, bar }, io);
  if (pending.size > 0) {
    await io.err.write(`edi: not in use yet: ${[...pending.keys()].join(', ')}. \`edi schema status\` tells more.\n`);
    return 1;
  }
  const { refused, version } = settled;
  if (refused === publication.objects.length) return 1;
  const served = await waitForIngest(target, { version, endMillis }, io);
  return refused === 0 && served ? 0 : 1;
}

interface Candidate {
  readonly object: string;
  readonly text: string;
  readonly replace: readonly string[];
}

/** Uploads, before a draft, that it may replace what is active now. */
async function permitReplacement(target: SchemaTarget, { object, text, replace }: Candidate): Promise<void> {
  const named = readSchemaObjectName(object);
  if (named.kind !== 'type' || !replace.includes(named.type)) return;
  const schema = parseJson(text);
  // What is no JSON object is refused for that.
  if (!isJsonObject(schema)) return;
  const active = (await target.state()).types.find(({ type }) => type === named.type);
  await target.upload(replacementObjectName(named.type), replacementText(schema, active));
}

interface Pending {
  /** Generation by object; what is decided is taken out. */
  readonly pending: Map<string, string>;
  readonly endMillis: number;
  readonly bar: ProgressBar;
}

/** Tells what becomes of each object, until all are decided or the time is over. */
async function settle(target: SchemaTarget, { pending, endMillis, bar }: Pending, io: CommandIo) {
  const waiting = new Set<string>();
  const total = pending.size;
  let refused = 0;
  while (true) {
    const { attempts, version } = await target.state();
    for (const attempt of attempts) {
      const { object, outcome } = attempt;
      const generation = pending.get(object);
      if (generation === undefined || isOlder(attempt.generation, generation)) continue;
      if (outcome === 'waiting' && waiting.has(object)) continue;
      if (outcome === 'waiting') waiting.add(object);
      else pending.delete(object);
      if (outcome === 'refused') refused += 1;
      bar.clear();
      await (outcome === 'refused' ? io.err : io.out).write(describe(attempt));
    }
    if (pending.size === 0 || systemClock.nowMillis() > endMillis) {
      bar.clear();
      return { refused, version };
    }
    bar.show('decided', total - pending.size, total);
    await sleep(systemClock, pollMillis);
  }
}

function describe(attempt: PublicationAttempt): string {
  const { subject, outcome, revision } = attempt;
  const number = revision === undefined ? '' : ` revision ${revision}`;
  return `${[`${subject}${number}: ${outcome === 'unchanged' ? 'in use already' : outcome}`, ...reasonLines(attempt)].join('\n')}\n`;
}

/** Asks ingest until no answer of the last while came from an instance that works with less than this version. */
async function waitForIngest(
  { ingestUrl }: SchemaTarget,
  { version, endMillis }: { readonly version: number; readonly endMillis: number },
  io: CommandIo,
): Promise<boolean> {
  if (ingestUrl === undefined) {
    await io.out.write('give --url to wait for ingest, which follows within seconds\n');
    return true;
  }
  const only = new URL(ingestUrl).hostname === '127.0.0.1' || new URL(ingestUrl).hostname === 'localhost';
  let goodSinceMillis: number | undefined;
  while (true) {
    const served = await servedVersion(ingestUrl);
    const nowMillis = systemClock.nowMillis();
    goodSinceMillis = served !== undefined && served >= version ? (goodSinceMillis ?? nowMillis) : undefined;
    if (goodSinceMillis !== undefined && (only || nowMillis - goodSinceMillis >= quietMillis)) {
      await io.out.write(`ingest works with registry version ${served}\n`);
      return true;
    }
    if (nowMillis > endMillis) {
      await io.err.write(`edi: ingest at ${ingestUrl} does not work with registry version ${version} yet\n`);
      return false;
    }
    await sleep(systemClock, pollMillis);
  }
}

async function servedVersion(ingestUrl: string): Promise<number | undefined> {
  try {
    const response = await fetch(`${ingestUrl}/health`, { signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();
    const text = response.headers.get('edi-registry-version');
    return text === null ? undefined : Number(text);
  } catch {
    return undefined;
  }
}
