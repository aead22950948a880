import { contentHash } from '../../shared/event/canonical-json.ts';
import { asObject, type JsonObject } from '../../shared/event/json.ts';
import type { SchemaProblem } from '../../shared/event/schema-problem.ts';
import { sinkColumns, sinkTable } from '../../shared/event-types/alpha.ts';
import { type EventSchema, readEventSchema } from '../../shared/event-types/event-schema.ts';
import { readRegistry } from '../../shared/event-types/read-registry.ts';
import { makeSnapshotWriter } from '../../shared/event-types/snapshot.ts';
import { tableName } from '../../shared/event-types/table.ts';
import type { StageOutcome } from '../../shared/http/pubsub-function.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { ObjectStore } from '../../shared/ports/object-store.ts';
import type { PublicationAttempt, PublishingRegistry } from '../../shared/ports/publications.ts';
import type { DeliveredMessage } from '../../shared/ports/publisher.ts';
import type { ActiveRevision } from '../../shared/ports/registry.ts';
import type { TableReader } from '../../shared/ports/table-reader.ts';
import { isOlder } from '../../shared/publication/generation.ts';
import { readNotification, type Upload } from '../../shared/publication/notification.ts';
import { permitsReplacement, wayOut } from '../../shared/publication/replacement.ts';
import { readSchemaObjectName, replacementObjectName } from '../../shared/publication/schema-object.ts';
import { checkSdksChange } from '../../shared/sdks/sdks-change.ts';
import type { CheckSchema } from './check-schema.ts';
import { checkSdks } from './check-sdks.ts';
import type { PublishSchemaConfig } from './config.ts';
import { readObject } from './read-object.ts';
import { type Refusal, refused } from './refusal.ts';
import { checkTable } from './table-check.ts';

export interface PublishSchemaPorts {
  readonly registry: PublishingRegistry;
  /** The schema bucket, and its name in notifications. */
  readonly schemas: ObjectStore;
  readonly schemaBucket: string;
  /** Where new instances find the active revisions. */
  readonly snapshots: ObjectStore;
  readonly tables: TableReader;
  /** Compiles and compares, which can take seconds: where that delays no request. */
  readonly checkSchema: CheckSchema;
  /** Dataset of the types' tables. */
  readonly dataset: string;
  /**
   * Makes what a type needs before its revision is in use, where no deployment does. Answers why it cannot. With
   * `replaces` a table that does not fit is renewed.
   */
  readonly prepare?: (schema: EventSchema, how: { readonly replaces: boolean }) => Promise<readonly SchemaProblem[]>;
  readonly clock: Clock;
  readonly observer: Observer;
}

type Published = { readonly kind: 'activated' | 'unchanged'; readonly revision?: number };
type Result = Published | Refusal;

/** What is kept when an object's name says no subject. */
const otherSubject = 'other';
/** Bounds of what is kept of a refusal: a document of the registry is no place for a report. */
const maxReasons = 50;
const maxTextLength = 1_000;

/**
 * Publishes uploaded schemas: checks what was uploaded by itself, against the active revision and against the type's
 * table, activates it, and writes the snapshot that new instances start from. What is refused leaves everything as it is;
 * why is kept in the registry. `retry` while the table or an SDK binding is not there yet, for `maxWaitMinutes`.
 */
export function makePublishSchemaStage(
  ports: PublishSchemaPorts,
  config: PublishSchemaConfig,
): (message: DeliveredMessage) => Promise<StageOutcome> {
  const { registry, schemas, observer, clock } = ports;
  const writeSnapshot = makeSnapshotWriter(registry, ports.snapshots);

  async function publish(upload: Upload): Promise<Result | 'gone' | 'nothing'> {
    const named = readSchemaObjectName(upload.object);
    // Read with the object that it is about.
    if (named.kind === 'replacement') return 'nothing';
    if (named.kind === 'other') return refused('the name is neither <domain>/<event>.v<major>.json nor sdks.json');
    const stored = await schemas.getBounded(upload.object, config.maxObjectBytes);
    if (stored === undefined) return 'gone';
    if (stored === 'too-large') return refused(`the object is larger than ${config.maxObjectBytes} bytes`);
    const read = readObject(stored.data);
    if ('kind' in read) return read;
    // What is stored may be a later upload than the one that was told; its own notification finds it published.
    const candidate = { ...read, generation: stored.generation };
    return named.kind === 'sdks'
      ? publishSdks(ports, candidate)
      : publishType(ports, { ...named, ...candidate }, config);
  }

  async function settle(upload: Upload, result: Result): Promise<StageOutcome> {
    const waited = clock.nowMillis() - upload.uploadedAtMillis;
    const waits = result.kind === 'waits' && waited < config.maxWaitMinutes * 60_000;
    const attempt = attemptOf(upload, { result, waits, atMillis: clock.nowMillis() });
    if (result.kind === 'activated' || result.kind === 'unchanged') await writeSnapshot();
    await registry.recordAttempt(attempt);
    const { subject, generation, outcome, revision = 0 } = attempt;
    const reason = attempt.reasons[0];
    observer.log(outcome === 'refused' ? 'ERROR' : 'INFO', `schema ${outcome}`, {
      subject,
      generation,
      ...(revision > 0 ? { revision } : {}),
      ...(reason === undefined ? {} : { reason: reason.message, pointer: reason.pointer }),
    });
    return waits ? { kind: 'retry', reason: 'schema-waits' } : { kind: 'done' };
  }

  return async (message) => {
    const upload = readNotification(message, ports.schemaBucket);
    if (upload === 'unreadable') observer.log('ERROR', 'not a notification of Cloud Storage');
    if (upload === 'ignored' || upload === 'unreadable') return { kind: 'done' };
    const result = await publish(upload);
    if (result === 'nothing') return { kind: 'done' };
    if (result !== 'gone') return settle(upload, result);
    observer.log('WARNING', 'the uploaded schema is not there any more', { generation: upload.generation });
    return { kind: 'done' };
  };
}

interface Candidate extends Exclude<ReturnType<typeof readObject>, Refusal> {
  readonly generation: string;
}

const laterInUse = 'a later upload of this object is in use';

async function publishSdks({ registry }: PublishSchemaPorts, { value, generation }: Candidate): Promise<Result> {
  const { revisions, sdks } = await readRegistry(registry);
  const active = revisions.map(({ schema }) => schema);
  const reasons = [...checkSdks(value, active), ...checkSdksChange(sdks, value)];
  if (reasons.length > 0) return { kind: 'refused', reasons };
  const outcome = await registry.publishSdksUpload(value, generation);
  return outcome === 'older' ? refused(laterInUse) : { kind: outcome };
}

async function publishType(
  ports: PublishSchemaPorts,
  candidate: Candidate & { readonly type: string },
  { maxRounds }: PublishSchemaConfig,
): Promise<Result> {
  const { registry, clock } = ports;
  const { type, value: schema, generation } = candidate;
  for (let round = 0; round < maxRounds; round += 1) {
    const { active, generation: inUse, sdks } = await registry.publishedType(type);
    if (isOlder(generation, inUse)) return refused(laterInUse);
    const problem = await judge(ports, candidate, { active, sdks });
    if (problem !== undefined) return problem;
    const table = tableName(type);
    const clashesWith = (other: string) => tableName(other) === table;
    const upload = { type, schema, generation, checkedAgainst: active?.revision ?? 0, clashesWith };
    const outcome = await registry.activateUpload(upload, clock.nowMillis());
    if (outcome.kind === 'older') return refused(laterInUse);
    if (outcome.kind === 'clash') return refused(`${outcome.type} has the table ${table} already`, '/edi/type');
    if (outcome.kind !== 'changed') return { kind: outcome.kind, revision: outcome.revision.revision };
  }
  return { kind: 'waits', reasons: [{ pointer: '', message: 'other uploads of this type kept coming first' }] };
}

interface InUse {
  readonly active: ActiveRevision | undefined;
  readonly sdks: JsonObject;
}

/** Why a schema cannot be used, by itself, after what is in use, and for its table. */
async function judge(
  ports: PublishSchemaPorts,
  candidate: Candidate & { readonly type: string },
  { active, sdks }: InUse,
): Promise<Refusal | undefined> {
  const { type, source, value: schema } = candidate;
  const isInUse = active?.contentHash === contentHash(schema);
  // What is in use is not judged again: rules may have become stricter since. Its table may be what another revision made,
  // where a replacement ended half-way: who asks for it again has it made.
  if (isInUse && ports.prepare === undefined) return undefined;
  const permitted = await isPermitted(ports.schemas, candidate, active);
  if (isInUse && !permitted) return undefined;
  const draft = isDraft(ports, active?.schema);
  const replaces = draft && permitted;
  if (!isInUse) {
    const before = replaces ? undefined : active?.schema;
    const checked = await ports.checkSchema({ text: source.text, type, active: before, sdks });
    if (checked !== 'fits') {
      return checked.ofChange === true ? withHint(checked, { type, draft, permitted }) : checked;
    }
  }
  const read = readEventSchema(schema);
  if (read.kind === 'bad') return { kind: 'refused', reasons: read.problems };
  return checkSink(ports, read.eventSchema, replaces);
}

/** Nobody else's data is at stake: the rows of alpha have a table that takes any, and the tables here are one person's. */
function isDraft(ports: PublishSchemaPorts, active: JsonObject | undefined): boolean {
  return ports.prepare !== undefined || asObject(active?.['edi'])['stage'] === 'alpha';
}

/** A permission is two hashes: what is much larger is none. */
const maxReplacementBytes = 1_000;

async function isPermitted(
  schemas: ObjectStore,
  { type, value }: Candidate & { readonly type: string },
  active: ActiveRevision | undefined,
): Promise<boolean> {
  const stored = await schemas.getBounded(replacementObjectName(type), maxReplacementBytes);
  return stored !== undefined && stored !== 'too-large' && permitsReplacement(stored.data, value, active);
}

interface Change {
  readonly type: string;
  readonly draft: boolean;
  /** Somebody has asked for a replacement. */
  readonly permitted: boolean;
}

/** What else can be done about a change that is refused. */
function withHint(refusal: Refusal, { type, draft, permitted }: Change): Refusal {
  if (!draft && !permitted) return refusal;
  const message = draft ? wayOut(type) : notReplaced;
  return { ...refusal, reasons: [...refusal.reasons.slice(0, maxReasons - 1), { pointer: '', message }] };
}

const notReplaced = 'only a type in stage alpha is replaced here, since others have tables; make a new major version';

/** Why rows of this schema could not be written yet, or ever. */
async function checkSink(
  ports: PublishSchemaPorts,
  schema: EventSchema,
  replaces: boolean,
): Promise<Refusal | undefined> {
  const { dataset, tables, registry } = ports;
  const ownTable = tableName(schema.edi.type);
  const table = sinkTable(schema.edi);
  if (ports.prepare !== undefined) {
    // Before anything of another type's table is touched; activation decides it for good.
    const { revisions } = await readRegistry(registry);
    const clash = revisions.find(({ type }) => type !== schema.edi.type && tableName(type) === ownTable);
    if (clash !== undefined) return refused(`${clash.type} has the table ${ownTable} already`, '/edi/type');
    const reasons = await ports.prepare(schema, { replaces });
    const change = { type: schema.edi.type, draft: true, permitted: replaces };
    if (reasons.length > 0) return withHint({ kind: 'refused', reasons }, change);
  }
  const existing = await tables.columns(dataset, table);
  const waits = (message: string): Refusal => ({ kind: 'waits', reasons: [{ pointer: '', message }] });
  if (existing === undefined) return waits(`there is no table ${dataset}.${table} yet`);
  const { missing, unfit } = checkTable(sinkColumns(schema), existing);
  if (unfit.length > 0) return { kind: 'refused', reasons: unfit.map((message) => ({ pointer: '', message })) };
  return missing.length === 0 ? undefined : waits(`${dataset}.${table} has no column ${missing.join(', ')} yet`);
}

interface Settled {
  readonly result: Result;
  readonly waits: boolean;
  readonly atMillis: number;
}

function attemptOf({ object, generation }: Upload, { result, waits, atMillis }: Settled): PublicationAttempt {
  const named = readSchemaObjectName(object);
  const subject = named.kind === 'type' ? named.type : named.kind === 'sdks' ? object : otherSubject;
  const reasons = 'reasons' in result ? result.reasons : [];
  return {
    subject,
    object: object.slice(0, maxTextLength),
    generation,
    atMillis,
    outcome: result.kind === 'waits' ? (waits ? 'waiting' : 'refused') : result.kind,
    ...('revision' in result && result.revision !== undefined ? { revision: result.revision } : {}),
    reasons: reasons.slice(0, maxReasons).map(({ pointer, message }) => {
      return { pointer: pointer.slice(0, maxTextLength), message: message.slice(0, maxTextLength) };
    }),
  };
}
