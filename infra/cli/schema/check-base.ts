import { parseEventTypeName } from '../../../shared/event/event-type-name.ts';
import { readJson } from '../../../shared/event/json.ts';
import { type EventSchema, readEventSchema } from '../../../shared/event-types/event-schema.ts';
import { wayOut } from '../../../shared/publication/replacement.ts';
import { type ColumnsLock, columnsLockFile, parseColumnsLock } from '../../../shared/schema-language/columns-lock.ts';
import { shorterKept } from '../../../shared/schema-language/keep-days-change.ts';
import type { Finding } from '../../../shared/schema-language/lint/finding.ts';
import { checkRevision } from '../../../shared/schema-language/revision-change.ts';
import type { FileFinding } from './check-report.ts';
import type { GitBase } from './git-base.ts';
import { type SchemaFiles, shownPath } from './schema-files.ts';

/** Whether a schema may replace what the base revision has under its name. */
export async function revisionFindings(base: GitBase, file: string, next: EventSchema): Promise<readonly Finding[]> {
  const text = base.changed.get(file) === 'changed' ? await base.read(file) : undefined;
  if (text === undefined) return [];
  const active = readActive(text);
  if (active === undefined) {
    const message = `what ${base.name} has here is no usable schema, so nothing was compared`;
    return [{ severity: 'warning', rule: 'base-unusable', pointer: '', message }];
  }
  // A draft may change, but somebody has to want it: a plain publication of it is refused.
  const draft = active.edi.stage === 'alpha';
  const findings = checkRevision(active, next).map(
    (problem): Finding => ({
      severity: draft ? 'warning' : 'error',
      rule: 'revision',
      ...problem,
      fix: draft ? wayOut(next.edi.type) : nextMajor(next.edi.type),
    }),
  );
  if (next.edi.retentionDays < active.edi.retentionDays) {
    const message = `the table keeps ${next.edi.retentionDays} days instead of ${active.edi.retentionDays}: what is older is deleted, and refused from now on`;
    findings.push({ severity: 'warning', rule: 'retention-shortened', pointer: '/edi/retentionDays', message });
  }
  for (const { pointer, beforeDays, afterDays } of shorterKept(active, next)) {
    const message = `the value is kept for ${afterDays} days instead of ${beforeDays}: what is older is emptied for good`;
    findings.push({ severity: 'warning', rule: 'retention-shortened', pointer, message });
  }
  return findings;
}

function nextMajor(type: string): string {
  const name = parseEventTypeName(type);
  if (name === undefined) return 'make a new major version';
  return `take it back, or make a new major version: edi schema new ${name.domain}.${name.event} --major`;
}

function readActive(text: string): EventSchema | undefined {
  try {
    const document = readJson(text);
    const read = readEventSchema(document);
    return read.kind === 'schema' ? read.eventSchema : undefined;
  } catch {
    return undefined;
  }
}

/** A schema file of the base that is gone: its topic and table would go with it. */
export function deletedFindings(base: GitBase, folder: string, files: SchemaFiles): FileFinding[] {
  const names = [...base.changed].filter(([file, how]) => how === 'deleted' && isSchema(file)).map(([file]) => file);
  const present = new Set(files.schemas.values());
  return names
    .filter((file) => !present.has(file))
    .map((file) => ({
      severity: 'error',
      rule: 'schema-deleted',
      file: shownPath(folder, file),
      pointer: '',
      line: 1,
      column: 1,
      message: `${base.name} has this schema; without it, topic and table would be destroyed`,
      fix: 'keep the file and say "stage": "retired"',
    }));
}

function isSchema(file: string): boolean {
  return /^[a-z0-9-]+\/[a-z0-9-]+\.v[1-9]\d*\.json$/.test(file) && !file.startsWith('meta/');
}

/** The lock as the base has it; undefined when it has none that can be read. */
export async function lockOfBase(base: GitBase): Promise<ColumnsLock | undefined> {
  return parseLockText(await base.read(columnsLockFile));
}

export function parseLockText(text: string | undefined): ColumnsLock | undefined {
  if (text === undefined) return undefined;
  try {
    const value = readJson(text);
    const parsed = parseColumnsLock(value);
    return parsed.kind === 'lock' ? parsed.lock : undefined;
  } catch {
    return undefined;
  }
}
