import { isJsonObject, type JsonValue } from '../../event/json.ts';
import type { SchemaProblem } from '../../event/schema-problem.ts';
import { expandedSize, maxExpandedSchemas } from '../../event-types/expanded-size.ts';
import { type ReadDocumentOptions, readSchemaDocument, type SchemaDocument } from '../document/read-document.ts';
import { listChanges, type SchemaChange } from './changes.ts';
import { makeTerms } from './facts.ts';
import { checkFormat } from './known-formats.ts';
import { Search } from './search.ts';
import { closeUndeclared } from './undeclared.ts';
import { schemaFault } from './valid-schema.ts';
import { findWitness } from './witness.ts';

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
  /** Look for a value that shows what is refused. Default false: it costs more than the verdict. */
  readonly witness?: boolean;
}

export interface Comparison {
  /** The new revision certainly accepts every value that the old one accepts. */
  readonly compatible: boolean;
  /** It could not be decided, so it counts as not compatible. */
  readonly undecided: boolean;
  /** A value that the old revision accepts and the new one refuses, as a validator has confirmed; where one was found. */
  readonly witness?: JsonValue;
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
  if (objectsIn(old) + objectsIn(next) > maxReadObjects) return tooLarge(maxReadObjects, 'in all, too many to read');
  const isSame = JSON.stringify(old) === JSON.stringify(next);
  // Before anything is read; what remarks hold counts too, so that more is let pass.
  if (!isSame && breadthOf(old) + breadthOf(next) > 4 * maxBreadth) return tooWide;
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
  if (oldTerm.id !== nextTerm.id) {
    if (objectsIn(oldRoot) + objectsIn(nextRoot) > maxObjects)
      return tooLarge(maxObjects, 'in all, too many to compare');
    if (breadthOf(oldRoot) + breadthOf(nextRoot) > maxBreadth) return tooWide;
  }
  const contained = search.isContained(oldTerm, nextTerm);
  const found = listChanges({ old: oldTerm, next: nextTerm, terms, search, compatible: contained === true });
  const witness =
    options.witness === true && contained !== true && [oldRoot, nextRoot].every(isSmall)
      ? findWitness({ old: oldTerm, next: nextTerm, terms, ...(formats ? { checkFormat } : {}) })
      : undefined;
  const changes = found.map((change) => {
    const isGone = change.rule.endsWith('-removed');
    const [document, own] = isGone ? [before.document, options.old?.file] : [after.document, options.next?.file];
    return { ...change, pointer: originOf(change.pointer, document, own) };
  });
  const verdict = { compatible: contained === true, undecided: contained === undefined && witness === undefined };
  return {
    ...verdict,
    changes: witness === undefined ? changes : changes.map(decided),
    ...(witness === undefined ? {} : { witness }),
  };
}

/** What could not be decided is decided by an example. */
function decided(change: SchemaChange): SchemaChange {
  if (change.rule !== 'undecided') return change;
  return { ...change, rule: 'combination', message: 'together, the changes refuse something that was accepted' };
}

/** Objects of two schemas that differ. The largest real schemas (Renovate's, 2.2 MB) have some ten thousand. */
const maxObjects = 120_000;

/** Objects side by side, as if all stood in one: the work grows with the square of that. */
const maxBreadth = 5_000;

/** Of others no example is looked for: the validators that confirm it take too long. */
function isSmall(root: JsonValue): boolean {
  return !isJsonObject(root) || expandedSize(root) <= maxExpandedSchemas;
}

/** Beyond this they are not even read. */
const maxReadObjects = 300_000;

function undecided(message: string): Comparison {
  const change = { pointer: '', rule: 'undecided', breaking: true, message };
  return { compatible: false, undecided: true, changes: [change] };
}

const tooLarge = (limit: number, what: string): Comparison =>
  undecided(`the schemas hold more than ${limit} objects ${what}; split them`);

const tooWide = tooLarge(maxBreadth, 'side by side, too many to compare');
const tooDeep = undecided('the schemas, or their references, are too deep to compare; split them');

function objectsIn(root: JsonValue): number {
  return containersIn(root).filter((value) => !Array.isArray(value)).length;
}

function breadthOf(root: JsonValue): number {
  return Math.sqrt(containersIn(root).reduce((sum, value) => sum + Object.keys(value).length ** 2, 0));
}

function containersIn(root: JsonValue): object[] {
  const found: object[] = [];
  const waiting: JsonValue[] = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    found.push(next);
    for (const child of Object.values(next)) waiting.push(child);
  }
  return found;
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
