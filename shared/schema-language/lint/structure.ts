import { canonicalJson } from '../../event/canonical-json.ts';
import { isJsonObject, type JsonObject } from '../../event/json.ts';
import { pointerSegment } from '../../event/json-pointer.ts';
import { supportedFormats } from '../../event-types/formats.ts';
import { ownKeywords } from '../../event-types/keywords.ts';
import { resolveNode } from '../../event-types/schema-node.ts';
import type { SchemaPlace } from '../../event-types/schema-places.ts';
import { undecidedTreatment } from '../../event-types/treatment.ts';
import type { Finding, RuleName } from './finding.ts';
import { patternCost } from './pattern-cost.ts';
import { knownKeywords, likelyName, replacedKeywords } from './replaced-keywords.ts';

/** What is the same for the whole document. */
interface LintContext {
  readonly root: JsonObject;
  /** Somebody else's schema: of what only ours must have, nothing is asked. */
  readonly foreign: boolean;
}

type Rule = (place: SchemaPlace, context: LintContext) => Finding[];

/** What can be said of one schema object by itself. */
export const structureRules: readonly Rule[] = [
  keywordFindings,
  descriptionFindings,
  opennessFindings,
  boundFindings,
  enumFindings,
  requiredFindings,
  referenceFindings,
  formatFindings,
  patternFindings,
  decisionFindings,
];

function error(rule: RuleName, pointer: string, message: string, fix?: string): Finding {
  return { severity: 'error', rule, pointer, message, ...(fix === undefined ? {} : { fix }) };
}

function keywordFindings({ node, pointer }: SchemaPlace, { foreign }: LintContext): Finding[] {
  return Object.keys(node).flatMap((keyword): Finding[] => {
    if (knownKeywords.has(keyword)) return misplacedOwn(keyword, pointer, foreign);
    const at = `${pointer}/${keyword.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const replacement = replacedKeywords.get(keyword);
    if (replacement !== undefined) {
      if (foreign) return [];
      const ignored = `"${keyword}" is of an earlier draft and would be ignored`;
      return [error('keyword-replaced', at, ignored, `write "${replacement}"`)];
    }
    const likely = likelyName(keyword, knownKeywords);
    const message = `"${keyword}" is no keyword of JSON Schema 2020-12, and would be ignored`;
    if (likely !== undefined && !(foreign && ownKeywords.some((own) => own === likely))) {
      const misspelt = error('keyword-misspelt', at, message, `did you mean "${likely}"?`);
      return [{ ...misspelt, severity: foreign ? 'warning' : 'error' }];
    }
    return foreign ? [] : [error('keyword-unknown', at, message, 'remove it; a remark goes into "$comment"')];
  });
}

function misplacedOwn(keyword: string, pointer: string, foreign: boolean): Finding[] {
  if (foreign || keyword !== 'edi' || pointer === '') return [];
  return [
    error('keyword-misplaced', `${pointer}/edi`, 'the "edi" block stands at the top of the document only', 'remove it'),
  ];
}

function descriptionFindings({ node, pointer, keyword, name }: SchemaPlace, { root, foreign }: LintContext): Finding[] {
  if (foreign || keyword !== 'properties' || name === undefined) return [];
  const { description } = resolveNode(root, node) ?? node;
  if (typeof description === 'string' && description.trim() !== '') return [];
  const fix = 'add a "description": one sentence that analysts will read at the column';
  return [error('description-missing', pointer, `"${name}" does not say what it means`, fix)];
}

function opennessFindings({ node, pointer }: SchemaPlace, { foreign }: LintContext): Finding[] {
  if (foreign || node['additionalProperties'] !== undefined || node['unevaluatedProperties'] !== undefined) return [];
  // A definition that is referred to says it, and in a condition an object says nothing about what else
  // there may be.
  if (node['$ref'] !== undefined || /\/(if|then|else|not|allOf|contains|dependentSchemas)(\/|$)/.test(pointer))
    return [];
  if (!isJsonObject(node['properties']) && ![node['type']].flat().includes('object')) return [];
  const fix = 'add "additionalProperties": false to reject events with others, or true to drop them';
  const message = 'this object does not say what happens to undeclared properties';
  return [error('additional-properties-missing', pointer, message, fix)];
}

const boundPairs = [
  ['minimum', 'maximum'],
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
  ['minProperties', 'maxProperties'],
  ['minContains', 'maxContains'],
] as const;

function boundFindings({ node, pointer }: SchemaPlace): Finding[] {
  const findings = boundPairs.flatMap(([low, high]): Finding[] => {
    const [min, max] = [node[low], node[high]];
    if (typeof min !== 'number' || typeof max !== 'number' || min <= max) return [];
    const message = `"${low}" ${min} is above "${high}" ${max}: nothing fits`;
    return [error('bounds-contradict', `${pointer}/${low}`, message, 'swap or correct them')];
  });
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = node;
  const [above, below] = [exclusiveMinimum, exclusiveMaximum].map((bound) =>
    typeof bound === 'number' ? bound : undefined,
  );
  const impossible =
    (above !== undefined && below !== undefined && above >= below) ||
    (above !== undefined && typeof maximum === 'number' && above >= maximum) ||
    (below !== undefined && typeof minimum === 'number' && below <= minimum);
  if (impossible) {
    const at = `${pointer}/${above === undefined ? 'exclusiveMaximum' : 'exclusiveMinimum'}`;
    findings.push(error('bounds-contradict', at, 'no number lies between these bounds', 'correct them'));
  }
  return findings;
}

function enumFindings({ node, pointer }: SchemaPlace): Finding[] {
  const values = node['enum'];
  if (!Array.isArray(values)) return [];
  if (values.length === 0)
    return [error('enum-empty', `${pointer}/enum`, 'an empty "enum" fits nothing', 'list values')];
  const seen = new Set<string>();
  return values.flatMap((value, index): Finding[] => {
    const text = canonicalJson(value);
    if (!seen.has(text)) {
      seen.add(text);
      return [];
    }
    return [error('enum-duplicate', `${pointer}/enum/${index}`, `${text.slice(0, 80)} is listed twice`, 'remove one')];
  });
}

function requiredFindings({ node, pointer }: SchemaPlace, { foreign }: LintContext): Finding[] {
  const { required, properties, additionalProperties, patternProperties } = node;
  if (!Array.isArray(required)) return [];
  const declared = isJsonObject(properties) ? properties : {};
  return required.flatMap((name, index): Finding[] => {
    if (typeof name !== 'string' || Object.hasOwn(declared, name)) return [];
    const at = `${pointer}/required/${index}`;
    const likely = likelyName(name, Object.keys(declared));
    const fix =
      likely === undefined ? 'declare it under "properties", or do not require it' : `did you mean "${likely}"?`;
    if (additionalProperties === false && patternProperties === undefined) {
      return [error('required-undeclared', at, `"${name}" is required but not allowed: nothing fits`, fix)];
    }
    if (foreign || /\/(if|then|else|not|allOf|anyOf|oneOf)(\/|$)/.test(pointer)) return [];
    const message = `"${name}" is required but not declared, so it would reach no table`;
    return [{ ...error('required-undeclared', at, message, fix), severity: 'warning' }];
  });
}

function referenceFindings({ node, pointer }: SchemaPlace, { root, foreign }: LintContext): Finding[] {
  const reference = node['$ref'];
  if (reference === undefined || foreign) return [];
  const at = `${pointer}/$ref`;
  if (typeof reference !== 'string')
    return [error('reference-unresolved', at, '"$ref" is text: a pointer such as "#/$defs/item"')];
  if (!reference.startsWith('#')) {
    const message = `"$ref" leads out of the file; a schema is published by itself and reads neither files nor the network`;
    return [error('reference-outside', at, message, 'copy the definition into "$defs" and refer to "#/$defs/…"')];
  }
  if (resolveNode(root, node) !== undefined) return [];
  const message = 'this reference leads to nothing, or in a circle, for which a table has no columns';
  return [error('reference-unresolved', at, message, 'refer to a definition below "$defs"')];
}

function formatFindings({ node, pointer }: SchemaPlace, { foreign }: LintContext): Finding[] {
  const { format } = node;
  if (foreign || typeof format !== 'string' || supportedFormats.some((known) => known === format)) return [];
  const likely = likelyName(format, supportedFormats);
  const fix =
    likely === undefined ? `one of ${supportedFormats.join(', ')}; or a "pattern"` : `did you mean "${likely}"?`;
  return [error('format-unknown', `${pointer}/format`, `the format "${format}" is not checked by anybody`, fix)];
}

function patternFindings({ node, pointer }: SchemaPlace, { foreign }: LintContext): Finding[] {
  const patterns: [string, string][] = [];
  if (typeof node['pattern'] === 'string') patterns.push([`${pointer}/pattern`, node['pattern']]);
  for (const name of isJsonObject(node['patternProperties']) ? Object.keys(node['patternProperties']) : []) {
    patterns.push([`${pointer}/patternProperties/${pointerSegment(name)}`, name]);
  }
  return patterns.flatMap(([at, pattern]): Finding[] => {
    let cost = patternCost(pattern);
    if (foreign && cost.kind === 'no-pattern') cost = patternCost(pattern, '');
    if (cost.kind === 'linear') return [];
    if (cost.kind === 'no-pattern')
      return [error('pattern-bad', at, `this is no pattern: ${cost.reason}`, 'see ECMA-262, with the flag u')];
    const message = `this pattern cannot be shown to take time in proportion to the text, so an event could block a server: ${cost.reason}`;
    const fix =
      'let neighbouring repetitions share no character ("[^@]+@" for ".+@"), and begin with "^"; or bound the text by "maxLength" and leave the pattern out';
    return [error('pattern-slow', at, message, fix)];
  });
}

function decisionFindings({ node, pointer }: SchemaPlace, { foreign }: LintContext): Finding[] {
  const treatment = node['treatment'];
  if (foreign || !isJsonObject(treatment) || treatment['do'] !== undecidedTreatment) return [];
  const fix =
    '"pseudonymize", "truncate" or "drop"; or, instead of the treatment, why it is nobody\'s: "notPersonal": "…"';
  return [error('treatment-undecided', `${pointer}/treatment`, 'somebody has to decide whether this is personal', fix)];
}
