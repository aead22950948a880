import { isJsonObject, parseJson } from '../../shared/event/json.ts';
import type { StageOutcome } from '../../shared/http/pubsub-function.ts';
import { type LegacyMapping, readMapping } from '../../shared/legacy/mapping.ts';
import { type ReadEnd, readLegacyFile } from '../../shared/legacy/read-file.ts';
import { legacyFilesPrefix, legacyMappingObject } from '../../shared/needs/kinds.ts';
import type { Observer } from '../../shared/observe/observer.ts';
import type { LegacyExports } from '../../shared/ports/legacy-exports.ts';
import type { ObjectStore } from '../../shared/ports/object-store.ts';
import type { DeliveredMessage } from '../../shared/ports/publisher.ts';
import { readNotification, type Upload } from '../../shared/publication/notification.ts';
import type { ExportLegacyConfig } from './config.ts';
import { type ExportState, exportKey, fromStart, maxFirstBad, noCounts, readState, stateJson } from './export-state.ts';
import { ExportWriter, type WriterPorts } from './writer.ts';

export interface ExportPorts extends WriterPorts {
  /** Files as `files/<mapping>/<any name>`, mappings as `mappings/<mapping>.json`. */
  readonly files: ObjectStore;
  readonly bucketName: string;
  readonly exports: LegacyExports;
  /** Hears of uploads, and of files that are to be gone on with. */
  readonly uploadsTopic: string;
}

/** `taken`: another call exports this file. `paused`: too many of its records are bad. */
type Ended = 'done' | 'more' | 'taken' | 'paused';

/** `files/<mapping>/<any name>`; what else is in the bucket is no file of records. */
const fileName = new RegExp(`^${legacyFilesPrefix}([^/]+)/`);

/**
 * Exports one uploaded file: reads it from its checkpoint as its mapping says, sends its events where a client's would go,
 * saves how far it has come, and asks for another call where its time is over. A crash exports again what came after the
 * last checkpoint, under the same ids, so that dedup removes it.
 */
export function makeExportStage(
  ports: ExportPorts,
  config: ExportLegacyConfig,
): (message: DeliveredMessage) => Promise<StageOutcome> {
  const { observer, exports, eventTypes } = ports;
  return async (message) => {
    const upload = readNotification(message, ports.bucketName);
    if (upload === 'unreadable') observer.log('ERROR', 'not a notification of Cloud Storage');
    if (upload === 'ignored' || upload === 'unreadable') return { kind: 'done' };
    const name = fileName.exec(upload.object)?.[1];
    if (name === undefined) return { kind: 'done' };
    const key = exportKey(upload);
    const stored = await exports.find(key);
    const before = stored === undefined ? undefined : readState(stored.state);
    if (before?.state === 'done' || before?.state === 'refused') return { kind: 'done' };
    const mapping = await openMapping(name, ports, config);
    if (mapping === undefined) return { kind: 'retry', reason: 'legacy-mapping' };
    await eventTypes.refreshIfOlder(0);
    if (!isKnown(mapping, ports)) return { kind: 'retry', reason: 'legacy-type-waits' };
    const under = pauseBasis(mapping, ports, config);
    if (before?.state === 'paused' && before.pausedUnder === under)
      return { kind: 'retry', reason: 'legacy-bad-records' };
    // Another mapping may make other records of lines that were read: it begins anew, and ids see to the rest.
    const resumed = before?.state === 'running' && before.mappingHash === mapping.hash ? before : undefined;
    const run = { upload, key, mapping, under, before: resumed, version: stored?.version };
    const ended = await exportFile(run, ports, config);
    if (ended === 'paused') return { kind: 'retry', reason: 'legacy-bad-records' };
    if (ended === 'more') await ports.publisher.publish(ports.uploadsTopic, [again(message)]);
    return { kind: 'done' };
  };
}

async function openMapping(
  name: string,
  { files, observer }: ExportPorts,
  { maxMappingBytes }: ExportLegacyConfig,
): Promise<LegacyMapping | undefined> {
  const stored = await files.getBounded(legacyMappingObject(name), maxMappingBytes);
  const document =
    stored === undefined || stored === 'too-large' ? undefined : parseJson(Buffer.from(stored.data).toString('utf8'));
  const read = isJsonObject(document) ? readMapping(name, document) : undefined;
  if (read?.kind === 'mapping') return read.mapping;
  const problem = read?.problems[0];
  observer.log('ERROR', 'a legacy file waits for a mapping that can be used', {
    mapping: name,
    ...(problem === undefined ? {} : { pointer: problem.pointer, problem: problem.message }),
  });
  return undefined;
}

/** Else every record of a file would be in quarantine: it waits for its types and its binding instead. */
function isKnown({ sdk, types, name }: LegacyMapping, { eventTypes, observer }: ExportPorts): boolean {
  const missing = types.filter((type) => eventTypes.get(type) === undefined);
  if (missing.length === 0 && eventTypes.sdks.has(sdk)) return true;
  observer.log('WARNING', 'a legacy file waits for types or a binding', {
    mapping: name,
    types: missing.join(' '),
    sdk,
  });
  return false;
}

/** What has to change for a file to go on whose records are bad: else they would be as bad as they were. */
function pauseBasis(
  { hash, types }: LegacyMapping,
  { eventTypes }: ExportPorts,
  { maxBadRecords }: ExportLegacyConfig,
): string {
  const revisions = types.map((type) => `${type}@${eventTypes.get(type)?.revision ?? ''}`);
  return [hash, maxBadRecords, ...revisions].join(' ');
}

interface Run {
  readonly upload: Upload;
  readonly key: string;
  readonly mapping: LegacyMapping;
  /** `pauseBasis` */
  readonly under: string;
  readonly before: ExportState | undefined;
  readonly version: string | undefined;
}

async function exportFile(run: Run, ports: ExportPorts, config: ExportLegacyConfig): Promise<Ended> {
  const { upload, mapping, before } = run;
  const { files, clock, observer } = ports;
  const { checkpoint = fromStart, compressed = false } = before ?? {};
  const from = compressed ? 0 : checkpoint.countFrom.offset;
  const source = await files.stream(upload.object, from);
  if (source === undefined || source.generation !== upload.generation) {
    observer.log('WARNING', 'the legacy file is not there any more, or another one is', { object: upload.object });
    return 'done';
  }
  const startedAtMillis = clock.nowMillis();
  const keptBefore = Object.values(before?.counts.reasons ?? {}).reduce((all, count) => all + count, 0);
  const writer = new ExportWriter({ sdk: mapping.sdk, object: upload.object, keptBefore }, ports, config);
  const save = makeSave(run, writer, ports);
  const steps = readLegacyFile(source.bytes, mapping, {
    maxRecordBytes: config.maxEventBytes,
    from: checkpoint,
    skipBytes: compressed ? checkpoint.countFrom.offset : 0,
  });
  let last: Reached = { checkpoint, counts: noCounts, compressed };
  let savedAtMillis = startedAtMillis;
  try {
    for (let next = await steps.next(); ; next = await steps.next()) {
      if (next.done) {
        await writer.flush();
        if (!(await save(last, next.value))) return 'taken';
        return 'done';
      }
      last = next.value;
      for (const record of next.value.records) {
        const added = writer.add(record);
        if (added !== undefined) await added;
        if (writer.hasTooManyBad) break;
      }
      if (writer.hasTooManyBad) {
        await writer.flush();
        return (await save(last, 'paused')) ? 'paused' : 'taken';
      }
      const nowMillis = clock.nowMillis();
      const isOver = nowMillis - startedAtMillis >= config.maxCallSeconds * 1_000;
      if (!isOver && nowMillis - savedAtMillis < config.checkpointSeconds * 1_000) continue;
      await writer.flush();
      if (!(await save(last))) return 'taken';
      if (isOver) return 'more';
      savedAtMillis = nowMillis;
    }
  } finally {
    await steps.return({ kind: 'read' });
  }
}

interface Reached {
  readonly checkpoint: ExportState['checkpoint'];
  readonly counts: Pick<ExportState['counts'], 'records' | 'mapped' | 'skipped' | 'bad'>;
  readonly compressed: boolean;
}

/** Saves what the file has come to; false where another call has it now. */
function makeSave({ upload, key, mapping, under, before, version }: Run, writer: ExportWriter, ports: ExportPorts) {
  const { exports, clock, observer } = ports;
  const known = before?.counts ?? noCounts;
  const startedAtMillis = before?.startedAtMillis ?? clock.nowMillis();
  let held = version;
  let told = 0;
  return async ({ checkpoint, counts, compressed }: Reached, end?: ReadEnd | 'paused'): Promise<boolean> => {
    const state: ExportState = {
      object: upload.object,
      generation: upload.generation,
      ...(end === 'paused' ? { state: end, pausedUnder: under } : endOf(end)),
      firstBad: [...(before?.firstBad ?? []), ...writer.firstBad].slice(0, maxFirstBad),
      mappingHash: mapping.hash,
      compressed,
      checkpoint,
      counts: {
        records: known.records + counts.records,
        mapped: known.mapped + counts.mapped,
        skipped: known.skipped + counts.skipped,
        bad: known.bad + counts.bad,
        accepted: known.accepted + writer.accepted,
        acceptedByWeek: sum(known.acceptedByWeek, writer.acceptedByWeek),
        reasons: sum(known.reasons, writer.reasons),
      },
      startedAtMillis,
      savedAtMillis: clock.nowMillis(),
    };
    const saved = await exports.save(key, stateJson(state), { version: held, atMillis: state.savedAtMillis });
    if (saved === 'changed') return false;
    held = saved;
    observer.count('legacy-records', counts.records - told, mapping.name);
    told = counts.records;
    tellEnd(state, mapping, observer);
    return true;
  };
}

function tellEnd(
  { state, object, reason = '', firstBad }: ExportState,
  { name }: LegacyMapping,
  observer: Observer,
): void {
  if (state === 'refused') observer.log('ERROR', 'a legacy file cannot be read to its end', { object, reason });
  if (state !== 'paused') return;
  const [first] = firstBad;
  observer.log('ERROR', 'a legacy file waits: too many of its records are bad; mend its mapping, and it begins anew', {
    ...{ object, mapping: name },
    ...(first === undefined ? {} : { reason: first.reason, path: first.path, line: first.line }),
  });
}

function endOf(end: ReadEnd | undefined): Pick<ExportState, 'state' | 'reason'> {
  if (end === undefined) return { state: 'running' };
  if (end.kind === 'read') return { state: 'done' };
  return { state: 'refused', reason: end.kind === 'broken' ? 'broken' : end.reason };
}

function sum(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): Record<string, number> {
  const all: Record<string, number> = { ...one };
  for (const [reason, count] of Object.entries(other)) all[reason] = (all[reason] ?? 0) + count;
  return all;
}

/** The same notification, for the next call. */
function again({ data, attributes }: DeliveredMessage) {
  return { data, attributes };
}
