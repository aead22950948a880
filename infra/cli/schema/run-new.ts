import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseEventTypeName } from '../../../shared/event/event-type-name.ts';
import { isJsonObject, type JsonObject, type JsonValue, readJson } from '../../../shared/event/json.ts';
import type { SchemaProblem } from '../../../shared/event/schema-problem.ts';
import { CliError } from '../cli-error.ts';
import type { CommandIo } from '../command-io.ts';
import { askForType, type TypeFlags } from './ask.ts';
import { checkFolder } from './check-folder.ts';
import { exampleOf } from './infer/example.ts';
import { inferSchema } from './infer/infer.ts';
import { shapeOfAll } from './infer/shape.ts';
import { jsonFileText } from './json-text.ts';
import { newText } from './new-text.ts';
import { readExampleData } from './read-events.ts';
import { listSchemaFiles, type SchemaFiles, shownPath } from './schema-files.ts';

/** Flags of `edi schema new`. */
export interface NewFlags extends TypeFlags {
  readonly from?: string;
  readonly retentionDays: number;
  readonly major: boolean;
  readonly stage: string;
  readonly json: boolean;
}

interface Draft {
  /** By name relative to the folder. */
  readonly files: ReadonlyMap<string, JsonObject>;
  readonly notes: readonly SchemaProblem[];
}

/**
 * Writes a schema and its examples, and says what is left for a person to decide. Overwrites nothing. Exit code 0: what
 * is left is not a failure.
 */
export async function runNew(name: string, flags: NewFlags, io: CommandIo): Promise<number> {
  const parsed = parseEventTypeName(`${name}.v1`);
  if (parsed === undefined || parsed.domain === 'meta' || parsed.domain === 'legacy') {
    throw new CliError(`"${name}" is no <domain>.<event> in kebab-case, such as playback.track-played`);
  }
  const known = await listSchemaFiles(flags.schemas);
  const latest = latestMajor(known, name);
  if (latest !== undefined && !flags.major) {
    const next = `make v${latest + 1} with --major`;
    throw new CliError(
      `${name}.v${latest} exists: edit its file where every event that fits it still will, or ${next}`,
    );
  }
  if (latest === undefined && flags.major)
    throw new CliError(`there is no ${name} yet, so no next version of it either`);
  const draft =
    latest === undefined ? await firstVersion(name, flags, io) : await nextVersion(name, latest, { known, flags });
  await writeAll(flags.schemas, draft.files);
  const paths = [...draft.files.keys()].map((file) => shownPath(flags.schemas, file));
  const report = await checkFolder({ folder: flags.schemas, files: paths.slice(0, 1) });
  const { notes } = draft;
  await io.out.write(
    flags.json
      ? `${JSON.stringify({ files: paths, notes, findings: report.findings }, null, 2)}\n`
      : newText({ paths, notes, report, schemas: flags.schemas }),
  );
  return 0;
}

function latestMajor({ schemas }: SchemaFiles, name: string): number | undefined {
  const majors = [...schemas.keys()]
    .filter((type) => type.startsWith(`${name}.v`))
    .map((type) => Number(type.split('.v').at(-1)));
  return majors.length === 0 ? undefined : Math.max(...majors);
}

async function firstVersion(name: string, flags: NewFlags, io: CommandIo): Promise<Draft> {
  const inferred =
    flags.from === undefined ? undefined : inferFrom(flags.from, await readExampleData(flags.from, name));
  const { owner, description, subject, sdks } = await askForType(flags, io);
  const type = `${name}.v1`;
  const edi: JsonObject = {
    type,
    owner,
    description,
    stage: flags.stage,
    priority: 'normal',
    sdks: [...sdks],
    retentionDays: flags.retentionDays,
    subjectRealm: subject,
  };
  const data: JsonObject = inferred?.schema ?? { type: 'object', additionalProperties: false, properties: {} };
  const schema: JsonObject = {
    $schema: '../meta/event-schema.json',
    title: titleOf(name),
    description,
    edi,
    ...data,
  };
  const example = exampleOf(data);
  const beside = name.replace('.', '/');
  const files = new Map([
    [`${beside}.v1.json`, schema],
    [`${beside}.v1.whole.pass.json`, example],
    [`${beside}.v1.undeclared-property.fail.json`, { ...example, undeclared_property: true }],
  ]);
  return { files, notes: inferred?.notes ?? [] };
}

function inferFrom(path: string, values: readonly JsonValue[]) {
  const shape = shapeOfAll(values);
  if ('notAnObject' in shape) {
    throw new CliError(`${path}: event ${shape.notAnObject} is no object; the data of an event is one`);
  }
  return inferSchema(shape);
}

function titleOf(name: string): string {
  const words = (name.split('.')[1] ?? name).replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

interface Versions {
  readonly known: SchemaFiles;
  readonly flags: NewFlags;
}

/** A copy of the last version and its examples, under the next number. */
async function nextVersion(name: string, latest: number, { known, flags }: Versions): Promise<Draft> {
  const [before, after] = [`${name}.v${latest}`, `${name}.v${latest + 1}`];
  const copied = [
    known.schemas.get(before) ?? '',
    ...known.examples.filter(({ type }) => type === before).map(({ file }) => file),
  ];
  const files = new Map<string, JsonObject>();
  for (const file of copied) {
    const value = await readObject(join(flags.schemas, file));
    const to = file.replace(`.v${latest}.`, `.v${latest + 1}.`);
    files.set(to, isJsonObject(value['edi']) ? { ...value, edi: blockOf(value['edi'], after, flags) } : value);
  }
  return { files, notes: [] };
}

function blockOf(edi: JsonObject, type: string, { owner, description, subject, sdks, stage }: NewFlags): JsonObject {
  return {
    ...edi,
    type,
    stage,
    ...(owner === undefined ? {} : { owner }),
    ...(description === undefined ? {} : { description }),
    ...(subject === undefined ? {} : { subjectRealm: subject }),
    ...(sdks === undefined ? {} : { sdks: [...sdks] }),
  };
}

async function readObject(path: string): Promise<JsonObject> {
  const text = await readFile(path, 'utf8');
  try {
    const value = readJson(text);
    if (isJsonObject(value)) return value;
  } catch {
    // Told below, as for what is JSON and no object.
  }
  throw new CliError(`${path} is no JSON object; \`edi schema check\` says more`);
}

/** All or nothing, but for what another process does meanwhile. */
async function writeAll(folder: string, files: ReadonlyMap<string, JsonObject>): Promise<void> {
  const paths = [...files].map(([file, content]) => ({ path: join(folder, file), content }));
  for (const { path } of paths) if (existsSync(path)) throw new CliError(`${path} exists and is not overwritten`);
  for (const { path, content } of paths) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, jsonFileText(content), { flag: 'wx' });
  }
}
