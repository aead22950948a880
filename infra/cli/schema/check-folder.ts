import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { asObject, isJsonObject, type JsonObject, parseJson } from '../../../shared/event/json.ts';
import type { EventSchema } from '../../../shared/event-types/event-schema.ts';
import { tableName } from '../../../shared/event-types/table.ts';
import { compileFaults } from '../../../shared/event-types/validator.ts';
import { checkEventType } from '../../../shared/schema-language/check-event-type.ts';
import { checkSdksDocument } from '../../../shared/schema-language/check-sdks.ts';
import { compareLocks, type TableChange } from '../../../shared/schema-language/column-change.ts';
import { columnsLockFile, formatColumnsLock, lockOf } from '../../../shared/schema-language/columns-lock.ts';
import { errorAt, type RuleName } from '../../../shared/schema-language/lint/finding.ts';
import { checkEventMetaSchema } from '../../../shared/schema-language/meta-schemas.ts';
import { checkOwners } from '../../../shared/schema-language/owner.ts';
import type { Speakers } from '../../../shared/schema-language/verified-people.ts';
import { checkCollisions } from '../../../shared/sdks/collisions.ts';
import { checkSdksChange } from '../../../shared/sdks/sdks-change.ts';
import { eventOf, typeViewName } from '../../type-views.ts';
import { CliError } from '../cli-error.ts';
import { deletedFindings, lockOfBase, parseLockText, revisionFindings } from './check-base.ts';
import { exampleFindings, orphanFindings } from './check-examples.ts';
import type { CheckReport, FileFinding } from './check-report.ts';
import { type GitBase, openGitBase } from './git-base.ts';
import { listSchemaFiles, located, openJsonFile, type SchemaFiles, shownPath } from './schema-files.ts';

export interface CheckRequest {
  readonly folder: string;
  readonly against?: string;
  /** Schema files or examples to look at; all of the folder when empty. */
  readonly files: readonly string[];
  /** Types that may become something else, so that they are not compared with the base. */
  readonly replaced?: ReadonlySet<string>;
}

/** Checks a schema folder of ours: schemas, examples, bindings, lock, and the change since the base revision. */
export async function checkFolder(request: CheckRequest): Promise<CheckReport> {
  const { folder } = request;
  const files = await listSchemaFiles(folder);
  const chosen = chosenTypes(request, files);
  const base = await openGitBase(folder, request.against);
  const { speakers, findings: ofBindings } = await checkBindings(folder, base);
  const findings = [...ofBindings];
  const read: EventSchema[] = [];
  for (const [type, file] of files.schemas) {
    if (!chosen.has(type)) continue;
    const shown = shownPath(folder, file);
    const opened = await openJsonFile(shown);
    if ('findings' in opened) {
      findings.push(...opened.findings);
      continue;
    }
    const checked = checkEventType(opened.source, { expectedType: type, speakers, metaCheck: checkEventMetaSchema });
    const { eventSchema } = checked;
    const own = [...checked.findings];
    if (eventSchema !== undefined) {
      read.push(eventSchema);
      if (base !== undefined && request.replaced?.has(type) !== true)
        own.push(...(await revisionFindings(base, file, eventSchema)));
    }
    findings.push(...located(own, shown, opened.source));
    const examples = files.examples.filter((example) => example.type === type);
    const faults = (data: JsonObject) => compileFaults(asObject(opened.source.value))(data);
    findings.push(...(await exampleFindings(folder, { file, validate: checked.validate, faults }, examples)));
  }
  const whole = request.files.length === 0;
  if (whole) {
    findings.push(...folderFindings(folder, files, base));
    findings.push(...(await ownersFindings(folder, read)));
  }
  findings.push(...sharedTableFindings(folder, files, read));
  const complete = whole && read.length === files.schemas.size;
  const lock = await checkLock(folder, read, { base, complete, replaced: request.replaced ?? new Set() });
  findings.push(...lock.findings);
  return {
    ok: findings.every(({ severity }) => severity !== 'error'),
    schemas: chosen.size,
    examples: files.examples.filter(({ type }) => chosen.has(type)).length,
    against: base?.name ?? null,
    notices: base === undefined ? ['there is no git revision to compare with, so compatibility was not checked'] : [],
    findings,
    tables: lock.tables,
  };
}

/** The types that the given files are of. Throws `CliError` for a file that is none of the folder's. */
function chosenTypes({ folder, files }: CheckRequest, known: SchemaFiles): ReadonlySet<string> {
  if (files.length === 0) return new Set(known.schemas.keys());
  const types = new Map([...known.schemas].map(([type, file]) => [file, type]));
  for (const { file, type } of known.examples) types.set(file, type);
  return new Set(
    files.map((given) => {
      const type = types.get(relative(folder, given).replaceAll('\\', '/'));
      if (type !== undefined) return type;
      throw new CliError(
        `${given} is no <domain>/<event>.v<major>.json of ${folder}. --foreign checks schemas of others.`,
      );
    }),
  );
}

async function checkBindings(
  folder: string,
  base: GitBase | undefined,
): Promise<{ speakers: Speakers | undefined; findings: FileFinding[] }> {
  const shown = shownPath(folder, 'sdks.json');
  const opened = await openJsonFile(shown);
  if ('findings' in opened) return { speakers: undefined, findings: [...opened.findings] };
  const { value } = opened.source;
  const { speakers, problems, found } = checkSdksDocument(value);
  const before = parseJson((base?.changed.has('sdks.json') && (await base.read('sdks.json'))) || 'null');
  const changes = isJsonObject(before) && isJsonObject(value) ? checkSdksChange(before, value) : [];
  const own = [...problems, ...changes].map(({ pointer, message }) => errorAt(pointer, 'sdk-bindings', message));
  return { speakers, findings: located([...own, ...found, ...checkCollisions(value)], shown, opened.source) };
}

function folderFindings(folder: string, files: SchemaFiles, base: GitBase | undefined): FileFinding[] {
  const misnamed = files.others.map(
    (file): FileFinding => ({
      ...nowhere(
        shownPath(folder, file),
        'file-name',
        'the name says neither schema nor example, so nobody reads this file',
      ),
      fix: 'name it <domain>/<event>.v<major>.json, or <event>.v<major>.<case>.pass.json or .fail.json, in kebab-case',
    }),
  );
  const deleted = base === undefined ? [] : deletedFindings(base, folder, files);
  return [...misnamed, ...orphanFindings(folder, files), ...deleted];
}

/** Of `owners.json`, where somebody keeps one. */
async function ownersFindings(folder: string, schemas: readonly EventSchema[]): Promise<FileFinding[]> {
  const shown = shownPath(folder, 'owners.json');
  if (!existsSync(shown)) return [];
  const opened = await openJsonFile(shown);
  if ('findings' in opened) return [...opened.findings];
  const owners = schemas.map(({ edi }) => edi.owner);
  return located([...checkOwners(opened.source.value, owners)], shown, opened.source);
}

function nowhere(file: string, rule: RuleName, message: string): FileFinding {
  return { severity: 'error', rule, file, pointer: '', line: 1, column: 1, message };
}

/** Tables and views that two types would share. */
function sharedTableFindings(folder: string, files: SchemaFiles, schemas: readonly EventSchema[]): FileFinding[] {
  const [byTable, byView] = [new Map<string, string>(), new Map<string, string>()];
  return [...files.schemas].flatMap(([type, file]) => {
    if (!schemas.some(({ edi }) => edi.type === type)) return [];
    const [table, view, event] = [tableName(type), typeViewName(type), eventOf(type)];
    const [ofTable, ofView] = [byTable.get(table), byView.get(view)];
    byTable.set(table, type);
    byView.set(view, event);
    const found = (message: string) => [nowhere(shownPath(folder, file), 'table-shared', message)];
    if (ofTable !== undefined) return found(`${type} and ${ofTable} would share the table ${table}`);
    if (ofView !== undefined && ofView !== event) return found(`${event} and ${ofView} would share the view ${view}`);
    if (!/_v\d+$/.test(view)) return [];
    return found(`the view over all majors of ${event} would be named ${view}, as the table of a major version is`);
  });
}

interface LockContext {
  readonly base: GitBase | undefined;
  /** Every schema of the folder was read. */
  readonly complete: boolean;
  readonly replaced: ReadonlySet<string>;
}

async function checkLock(
  folder: string,
  schemas: readonly EventSchema[],
  { base, complete, replaced }: LockContext,
): Promise<{ findings: FileFinding[]; tables: readonly TableChange[] }> {
  const path = join(folder, columnsLockFile);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const next = lockOf(schemas);
  const before = (base === undefined ? undefined : await lockOfBase(base)) ?? parseLockText(text) ?? new Map();
  const types = new Set(next.keys());
  const known = complete ? before : new Map([...before].filter(([type]) => types.has(type)));
  const tables = compareLocks(known, next);
  const findings: FileFinding[] = [];
  if (complete && text !== formatColumnsLock(next)) {
    const finding = nowhere(path, 'lock-stale', 'the lock does not say what the schemas make of their tables');
    findings.push({ ...finding, fix: 'run `npm run -s edi -- schema lock` and commit the file' });
  }
  for (const { type, table, inPlace, columns } of tables) {
    if (inPlace || replaced.has(type)) continue;
    const lost = columns.find((column) => !column.inPlace);
    const message = `the released table ${table} of ${type} would be replaced${lost === undefined ? '' : `: ${lost.path} is ${lost.kind}`}`;
    findings.push({
      ...nowhere(path, 'table-replaced', message),
      fix: 'keep its columns, or make a new major version',
    });
  }
  return { findings, tables };
}
