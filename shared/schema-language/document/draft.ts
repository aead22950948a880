import { isJsonObject, type JsonObject } from '../../event/json.ts';
import { keywords } from '../../event-types/keywords.ts';

/** The drafts of JSON Schema that are read, the oldest first. */
const drafts = ['04', '06', '07', '2019-09', '2020-12'] as const;
export type Draft = (typeof drafts)[number];

const byUri = /^https?:\/\/json-schema\.org\/(?:draft-(04|06|07)|draft\/(2019-09|2020-12))\/(?:hyper-)?schema#?$/;

/** Our own meta-schema, as event schemas name it: 2020-12 and keywords that accept and refuse nothing. */
const ownMetaSchema = '../meta/event-schema.json';

export interface DraftReading {
  readonly draft: Draft;
  /** The document names its draft; otherwise keywords of every draft are understood. */
  readonly named: boolean;
  /** A `$schema` that names no draft. */
  readonly unknownUri?: string;
  /** To `unevaluatedItems`, which the document uses, an item that `contains` found is one that nobody spoke of. */
  readonly containsIsSilent?: boolean;
}

/**
 * The draft of a document by its `$schema`. Without one that is known it is 2020-12, unless the document says things that
 * only draft 04 says: an `id`, or a flag `exclusiveMinimum` beside a bound.
 */
export function readDraft(document: JsonObject | boolean): DraftReading {
  if (typeof document === 'boolean') return { draft: '2020-12', named: false };
  const { $schema } = document;
  if ($schema === ownMetaSchema) return { draft: '2020-12', named: true };
  const match = typeof $schema === 'string' ? byUri.exec($schema) : null;
  const found = drafts.find((draft) => draft === (match?.[1] ?? match?.[2]));
  if (found !== undefined) return { draft: found, named: true, ...silentContains(found, document) };
  const draft = looksLikeDraft04(document) ? '04' : '2020-12';
  return { draft, named: false, ...(typeof $schema === 'string' ? { unknownUri: $schema } : {}) };
}

/** Items that `contains` found count as evaluated from 2020-12 on (core section 10.3.1.3). */
function silentContains(draft: Draft, document: JsonObject): Pick<DraftReading, 'containsIsSilent'> {
  if (draft !== '2019-09') return {};
  const text = JSON.stringify(document);
  return text.includes('"contains"') && text.includes('"unevaluatedItems"') ? { containsIsSilent: true } : {};
}

const maxNodesLookedAt = 10_000;

function looksLikeDraft04(document: JsonObject): boolean {
  if (typeof document['id'] === 'string' && document['$id'] === undefined && document['$defs'] === undefined) {
    return true;
  }
  const waiting: JsonObject[] = [document];
  for (let looked = 0; looked < maxNodesLookedAt; looked++) {
    const node = waiting.pop();
    if (node === undefined) return false;
    if (isFlag(node, 'exclusiveMinimum', 'minimum') || isFlag(node, 'exclusiveMaximum', 'maximum')) return true;
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) if (isJsonObject(child)) waiting.push(child);
    }
  }
  return false;
}

function isFlag(node: JsonObject, flag: string, bound: string): boolean {
  return typeof node[flag] === 'boolean' && typeof node[bound] === 'number';
}

/** True for drafts in which a `$ref` stands alone: whatever is beside it is not there (07 section 8.3). */
export function ignoresBesideRef({ draft, named }: DraftReading): boolean {
  return named && draft !== '2019-09' && draft !== '2020-12';
}

const since = new Map<string, Draft>([
  ['const', '06'],
  ['contains', '06'],
  ['propertyNames', '06'],
  ['if', '07'],
  ['then', '07'],
  ['else', '07'],
  ['dependentRequired', '2019-09'],
  ['dependentSchemas', '2019-09'],
  ['minContains', '2019-09'],
  ['maxContains', '2019-09'],
  ['unevaluatedItems', '2019-09'],
  ['unevaluatedProperties', '2019-09'],
  ['prefixItems', '2020-12'],
  ['$recursiveRef', '2019-09'],
  ['$dynamicRef', '2020-12'],
  ['examples', '06'],
  ['$comment', '07'],
  ['readOnly', '07'],
  ['writeOnly', '07'],
  ['contentEncoding', '07'],
  ['contentMediaType', '07'],
  ['contentSchema', '2019-09'],
  ['deprecated', '2019-09'],
]);

/**
 * True for a keyword that a document's draft did not have yet: to its validators it is an unknown word. Also for an
 * annotation where no draft is named, since the document may use it for something else (`"deprecated": "use b"`).
 */
export function isNewer(keyword: string, { draft, named }: DraftReading): boolean {
  const first = since.get(keyword);
  if (first === undefined) return false;
  return named ? drafts.indexOf(draft) < drafts.indexOf(first) : keywords.get(keyword)?.validator === '-';
}
