import { canonicalJson } from '../../event/canonical-json.ts';
import { isJsonObject, type JsonObject } from '../../event/json.ts';
import { pointerSegment } from '../../event/json-pointer.ts';
import { supportedFormats } from '../../event-types/formats.ts';
import { ownKeywords } from '../../event-types/keywords.ts';
import { resolveNode } from '../../event-types/schema-node.ts';
import type { SchemaPlace } from '../../event-types/schema-places.ts';
import { undecidedTreatment } from '../../event-types/treatment.ts';
import { errorAt, type Finding } from './finding.ts';
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

function keywordFindings({ node, pointer }: SchemaPlace, { foreign }: LintContext): Finding[] {
  return Object.keys(node).flatMap((keyword): Finding[] => {
    if (knownKeywords.has(keyword)) return misplacedOwn(keyword, pointer, foreign);
    const at = `${pointer}/${pointerSegment(keyword)}`;
    const replacement = replacedKeywords.get(keyword);
    if (replacement !== undefined) {
      if (foreign) return [];
      const ignored = `"${keyword}" is of an earlier draft and would be ignored`;
      return [errorAt(at, 'keyword-replaced', ignored, `write "${replacement}"`)];
    }
    const likely = likelyName(keyword, knownKeywords);
    const message = `"${keyword}" is no keyword of JSON Schema 2020-12, and would be ignored`;
    if (likely !== undefined && !(foreign && ownKeywords.some((own) => own === likely))) {
      const misspelt = errorAt(at, 'keyword-misspelt', message, `did you mean "${likely}"?`);
      return [{ ...misspelt, severity: foreign ? 'warning' : 'error' }];
    }
    return foreign ? [] : [errorAt(at, 'keyword-unknown', message, 'remove it; a remark goes into "$comment"')];
  });
}

function misplacedOwn(keyword: string, pointer: string, foreign: boolean): Finding[] {
  if (foreign || keyword !== 'edi' || pointer === '') return [];
  return [
    errorAt(
      `${pointer}/edi`,
      'keyword-misplaced',
      'the "edi" block stands at the top of the document only',
      'remove it',
    ),
  ];
}

function descriptionFindings({ node, pointer, keyword, name }: SchemaPlace, { root, foreign }: LintContext): Finding[] {
  if (foreign || keyword !== 'properties' || name === undefined) return [];
  const { description } = resolveNode(root, node) ?? node;
  if (typeof description === 'string' && description.trim() !== '') return [];
  const fix = 'add a "description": one sentence that analysts will read at the column';
  return [errorAt(pointer, 'description-missing', `"${name}" does not say what it means`, fix)];
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
  return [errorAt(pointer, 'additional-properties-missing', message, fix)];
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
    return [errorAt(`${pointer}/${low}`, 'bounds-contradict', message, 'swap or correct them')];
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
    findings.push(errorAt(at, 'bounds-contradict', 'no number lies between these bounds', 'correct them'));
  }
  return findings;
}

function enumFindings({ node, pointer }: SchemaPlace): Finding[] {
  const values = node['enum'];
  if (!Array.isArray(values)) return [];
  if (values.length === 0)
    return [errorAt(`${pointer}/enum`, 'enum-empty', 'an empty "enum" fits nothing', 'list values')];
  const seen = new Set<string>();
  return values.flatMap((value, index): Finding[] => {
    const text = canonicalJson(value);
    if (!seen.has(text)) {
      seen.add(text);
      return [];
    }
    return [
      errorAt(`${pointer}/enum/${index}`, 'enum-duplicate', `${text.slice(0, 80)} is listed twice`, 'remove one'),
    ];
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
      return [errorAt(at, 'required-undeclared', `"${name}" is required but not allowed: nothing fits`, fix)];
    }
    if (foreign || /\/(if|then|else|not|allOf|anyOf|oneOf)(\/|$)/.test(pointer)) return [];
    const message = `"${name}" is required but not declared, so it would reach no table`;
    return [{ ...errorAt(at, 'required-undeclared', message, fix), severity: 'warning' }];
  });
}

function referenceFindings({ node, pointer }: SchemaPlace, { root, foreign }: LintContext): Finding[] {
  const reference = node['$ref'];
  if (reference === undefined || foreign) return [];
  const at = `${pointer}/$ref`;
  if (typeof reference !== 'string')
    return [errorAt(at, 'reference-unresolved', '"$ref" is text: a pointer such as "#/$defs/item"')];
  if (!reference.startsWith('#')) {
    const message = `"$ref" leads out of the file; a schema is published by itself and reads neither files nor the network`;
    return [errorAt(at, 'reference-outside', message, 'copy the definition into "$defs" and refer to "#/$defs/…"')];
  }
  if (resolveNode(root, node) !== undefined) return [];
  const message = 'this reference leads to nothing, or in a circle, for which a table has no columns';
  return [errorAt(at, 'reference-unresolved', message, 'refer to a definition below "$defs"')];
}

function formatFindings({ node, pointer }: SchemaPlace, { foreign }: LintContext): Finding[] {
  const { format } = node;
  if (foreign || typeof format !== 'string' || supportedFormats.some((known) => known === format)) return [];
  const likely = likelyName(format, supportedFormats);
  const fix =
    likely === undefined ? `one of ${supportedFormats.join(', ')}; or a "pattern"` : `did you mean "${likely}"?`;
  return [errorAt(`${pointer}/format`, 'format-unknown', `the format "${format}" is not checked by anybody`, fix)];
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
      return [errorAt(at, 'pattern-bad', `this is no pattern: ${cost.reason}`, 'see ECMA-262, with the flag u')];
    const message = `this pattern cannot be shown to take time in proportion to the text, so an event could block a server: ${cost.reason}`;
    const fix =
      'let neighbouring repetitions share no character ("[^@]+@" for ".+@"), and begin with "^"; or bound the text by "maxLength" and leave the pattern out';
    return [errorAt(at, 'pattern-slow', message, fix)];
  });
}

function decisionFindings({ node, pointer }: SchemaPlace, { foreign }: LintContext): Finding[] {
  const treatment = node['treatment'];
  if (foreign || !isJsonObject(treatment) || treatment['do'] !== undecidedTreatment) return [];
  const fix =
    '"pseudonymize", "truncate" or "drop"; or, instead of the treatment, why it is nobody\'s: "notPersonal": "…"';
  return [
    errorAt(`${pointer}/treatment`, 'treatment-undecided', 'somebody has to decide whether this is personal', fix),
  ];
}
