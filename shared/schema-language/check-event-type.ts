import { asList, asObject, isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { type EventSchema, readEventSchema } from '../event-types/event-schema.ts';
import { expandedSize, maxExpandedSchemas } from '../event-types/expanded-size.ts';
import { tryValidator, type Validator } from '../event-types/validator.ts';
import { heartbeatSdk } from '../sdks/heartbeat.ts';
import { errorAt, type Finding, sameMatter } from './lint/finding.ts';
import type { JsonSource } from './lint/json-source.ts';
import { lintSchema, maxFindings } from './lint/lint.ts';
import { ownerFindings } from './owner.ts';
import { type Speakers, verifiedPeopleProblems } from './verified-people.ts';

/** What a schema file of ours turned out to be. */
export interface CheckedSchema {
  readonly findings: readonly Finding[];
  /** Absent when it cannot be used. */
  readonly eventSchema?: EventSchema;
  /** Absent also when a pattern could block whoever runs it. */
  readonly validate?: Validator;
}

export interface SchemaContext {
  /** The type that the file's name says. */
  readonly expectedType: string;
  /** What sdks.json says; undefined when that cannot be read. */
  readonly speakers: Speakers | undefined;
  readonly metaCheck: (document: JsonValue) => readonly Finding[];
}

/** Checks one schema document by itself: meta-schema, lint, and everything that the running system asks of it. */
export function checkEventType({ value, repeated }: JsonSource, context: SchemaContext): CheckedSchema {
  const twice = 'this key stands here twice, and only the last one counts';
  const doubled = repeated.map((pointer) => errorAt(pointer, 'key-repeated', twice, 'remove one'));
  if (!isJsonObject(value)) return { findings: [errorAt('', 'no-schema', 'a schema file holds one JSON object')] };
  const size = expandedSize(value);
  if (size > maxExpandedSchemas) return { findings: [...doubled, tooLarge] };
  const findings = [...doubled, ...lintSchema(value, { foreign: false })];
  const add = (more: readonly Finding[]) => {
    for (const finding of more)
      if (!findings.some((known) => sameMatter(known.pointer, finding.pointer))) findings.push(finding);
  };
  // What follows walks a document without an end in sight, and would repeat what is said already.
  const endless = findings.some(({ rule }) => rule === 'reference-circular' || rule === 'nesting-too-deep');
  if (endless || findings.length >= maxFindings) return { findings };
  const read = readEventSchema(value);
  if (read.kind === 'bad') {
    add(read.problems.map(({ pointer, message }) => errorAt(pointer, 'event-schema', message)));
  }
  add(context.metaCheck(value));
  add(blockFindings(asObject(value['edi']), context));
  add(ownerFindings(asObject(value['edi'])['owner']));
  if (read.kind === 'bad') return { findings };
  const { eventSchema } = read;
  const { speakers } = context;
  const unproven = speakers === undefined ? [] : verifiedPeopleProblems(eventSchema, speakers);
  add(unproven.map(({ pointer, message }) => errorAt(pointer, 'subject-unproven', message)));
  // A pattern that can block the server can block this command.
  if (findings.some(({ rule }) => rule === 'pattern-slow')) return { findings, eventSchema };
  try {
    return { findings, eventSchema, validate: tryValidator(value) };
  } catch (error) {
    const message = `a validator cannot be made of it: ${error instanceof Error ? error.message : String(error)}`;
    const fix = error instanceof RangeError ? 'it is too large: split the type, or leave parts free-form' : undefined;
    // An error has said it already, a warning has not.
    const isTold = findings.some(({ severity }) => severity === 'error');
    if (!isTold) findings.push(errorAt('', 'not-compilable', message, fix));
    return { findings, eventSchema };
  }
}

const tooLarge = errorAt(
  '',
  'schema-too-large',
  `with every reference followed, this is more than ${maxExpandedSchemas} schemas, each a part of table, types and validator`,
  'split the type, leave parts free-form, or refer to a definition in fewer places',
);

function blockFindings({ type, sdks }: JsonObject, { expectedType, speakers }: SchemaContext): Finding[] {
  const findings: Finding[] = [];
  if (typeof type === 'string' && type !== expectedType) {
    const message = `the file's name says ${expectedType}, and this ${type}`;
    findings.push(errorAt('/edi/type', 'file-name', message, 'rename the file, or correct the type'));
  }
  const known = speakers?.bindings;
  for (const [index, sdk] of asList(sdks).entries()) {
    const pointer = `/edi/sdks/${index}`;
    if (sdk === heartbeatSdk) {
      const message = `"${sdk}" is the system's own: it sends heartbeats of every type, and views leave out what it sends`;
      findings.push(errorAt(pointer, 'sdk-heartbeat', message, 'name the SDKs that send events'));
    } else if (typeof sdk === 'string' && known?.has(sdk) === false) {
      const names = [...known.keys()].filter((name) => name !== heartbeatSdk).join(', ');
      findings.push(errorAt(pointer, 'sdk-unknown', `"${sdk}" is no SDK binding of sdks.json (${names})`));
    }
  }
  return findings;
}
