import type { JsonValue } from '../../event/json.ts';
import type { SchemaProblem } from '../../event-types/schema-problem.ts';
import { type ReadDocumentOptions, readSchemaDocument, type SchemaDocument } from '../document/read-document.ts';
import { listChanges, type SchemaChange } from './changes.ts';
import { makeTerms } from './facts.ts';
import { checkFormat } from './known-formats.ts';
import { Search } from './search.ts';
import { closeUndeclared } from './undeclared.ts';
import { schemaFault } from './valid-schema.ts';

/** How schemas are read where teams differ. */
export interface CompatPolicies {
  /**
   * An object that says nothing about additional properties: `open`, as JSON Schema has it, so that a new optional
   * property can refuse what was accepted; `closed`, as producers mean it who declare all that they send. Default open.
   */
  readonly undeclared?: 'open' | 'closed';
  /** Whether a `format` refuses anything (2020-12 validation section 7.2). Default annotation: it does not. */
  readonly formats?: 'annotation' | 'assertion';
  /** `safe`: an integer is within 2^53, as at ingest. Default `any`: it is any whole number (validation section 6.1.1). */
  readonly integers?: 'any' | 'safe';
  /** Bound of the search, in steps of some microseconds; beyond it the answer is `undecided`. */
  readonly maxSteps?: number;
}

export interface Comparison {
  /** The new revision certainly accepts every value that the old one accepts. */
  readonly compatible: boolean;
  /** It could not be decided, so it counts as not compatible. */
  readonly undecided: boolean;
  readonly changes: readonly SchemaChange[];
}

export interface CompareOptions extends CompatPolicies {
  /** How references into other files are read, for either schema. */
  readonly old?: ReadDocumentOptions;
  readonly next?: ReadDocumentOptions;
}

/**
 * Whether `next` accepts every instance that `old` accepts, decided on what the schemas mean, in any draft from 04 to
 * 2020-12. Never throws; what is no schema is not compatible, with the rule `invalid-schema`.
 */
export function compareSchemas(old: JsonValue, next: JsonValue, options: CompareOptions = {}): Comparison {
  try {
    return compare(old, next, options);
  } catch (error) {
    // Ever deeper schemas are walked until the stack ends.
    if (error instanceof RangeError) return tooDeep;
    throw error;
  }
}

function compare(old: JsonValue, next: JsonValue, options: CompareOptions): Comparison {
  if (objectsIn(old) + objectsIn(next) > maxReadObjects) return tooLarge;
  const [before, after] = [readSchemaDocument(old, options.old), readSchemaDocument(next, options.next)];
  if (before.kind === 'bad') return invalid('the old schema', before.problems);
  if (after.kind === 'bad') return invalid('the new schema', after.problems);
  const faults = [schemaFault(before.document.root), schemaFault(after.document.root)];
  if (faults[0] !== undefined) return invalid('the old schema', [placed(faults[0], before.document)]);
  if (faults[1] !== undefined) return invalid('the new schema', [placed(faults[1], after.document)]);
  const roots = [before.document, after.document].map(({ root }) => {
    const read = options.undeclared === 'closed' ? closeUndeclared(root) : root;
    return typeof read === 'boolean' || (typeof read === 'object' && read !== null && !Array.isArray(read))
      ? read
      : true;
  });
  const [oldRoot = true, nextRoot = true] = roots;
  const formats = options.formats === 'assertion';
  const { maxSteps } = options;
  const terms = makeTerms();
  const search = new Search({
    terms,
    formats,
    safeIntegers: options.integers === 'safe',
    ...(formats ? { checkFormat } : {}),
    ...(maxSteps === undefined ? {} : { maxSteps }),
  });
  const [oldTerm, nextTerm] = [terms.of(oldRoot, oldRoot), terms.of(nextRoot, nextRoot)];
  if (oldTerm.id !== nextTerm.id && objectsIn(oldRoot) + objectsIn(nextRoot) > maxObjects) return tooLarge;
  const contained = search.isContained(oldTerm, nextTerm);
  const found = listChanges({ old: oldTerm, next: nextTerm, terms, search, compatible: contained === true });
  const changes = found.map((change) => {
    const isGone = change.rule.endsWith('-removed');
    const [document, own] = isGone ? [before.document, options.old?.file] : [after.document, options.next?.file];
    return { ...change, pointer: originOf(change.pointer, document, own) };
  });
  return { compatible: contained === true, undecided: contained === undefined, changes };
}

/** Objects of two schemas that differ; the work grows with their square. The largest real schema that we know has 414. */
const maxObjects = 5_000;

/** Beyond this they are not even read. */
const maxReadObjects = 40_000;

function undecided(message: string): Comparison {
  const change = { pointer: '', rule: 'undecided', breaking: true, message };
  return { compatible: false, undecided: true, changes: [change] };
}

const tooLarge = undecided(`the schemas hold more than ${maxObjects} objects, too many to compare; split them`);
const tooDeep = undecided('the schemas, or their references, are too deep to compare; split them');

function objectsIn(root: JsonValue): number {
  let count = 0;
  const waiting: JsonValue[] = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    if (!Array.isArray(next)) count++;
    for (const child of Object.values(next)) waiting.push(child);
  }
  return count;
}

function placed({ pointer, message }: SchemaProblem, document: SchemaDocument): SchemaProblem {
  return { pointer: document.origin(pointer).pointer, message };
}

/** Where it stood in what was read: a pointer, with the file before it when that is another than the document's own. */
function originOf(at: string, document: SchemaDocument, own: string | undefined): string {
  const { file, pointer } = document.origin(at);
  return file === undefined || file === own ? pointer : `${file}#${pointer}`;
}

function invalid(which: string, problems: readonly SchemaProblem[]): Comparison {
  const changes = problems.map(({ pointer, message }) => ({
    pointer,
    rule: 'invalid-schema',
    breaking: true,
    message: `${which} cannot be read: ${message}`,
  }));
  return { compatible: false, undecided: false, changes };
}
