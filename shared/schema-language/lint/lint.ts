import { isJsonObject, type JsonObject } from '../../event/json.ts';
import { mapExactly } from '../../event-types/mapping/map-schema.ts';
import { resolveNode, withoutNullBranch } from '../../event-types/schema-node.ts';
import { childPlaces, schemaPlaces } from '../../event-types/schema-places.ts';
import { circleFindings } from './circles.ts';
import { subjectFindings } from './data-subjects.ts';
import type { Finding } from './finding.ts';
import { literalFindings } from './literals.ts';
import { personalFindings } from './personal.ts';
import { structureRules } from './structure.ts';
import { effectFindings } from './treatment-effect.ts';

/** Makes a report that nobody reads to the end anyway end. */
export const maxFindings = 1_000;
/** BigQuery's documented limit on nested RECORDs; `data` is one of them. */
const maxObjectDepth = 14;
/** Lists and objects together; only lists of lists of lists come near. */
const maxLevels = 60;

/**
 * Everything that can be said of a schema by looking at it alone. `foreign` leaves out what only our own schemas must
 * have. Takes any JSON object, whatever it holds.
 */
export function lintSchema(root: JsonObject, { foreign }: { readonly foreign: boolean }): readonly Finding[] {
  const findings: Finding[] = [...(foreign ? [] : circleFindings(root))];
  const circular = findings.length > 0;
  for (const place of schemaPlaces(root)) {
    for (const rule of structureRules) findings.push(...rule(place, { root, foreign }));
    if (findings.length >= maxFindings) return findings.slice(0, maxFindings);
  }
  if (foreign || circular) return findings;
  const tooDeep = depthFindings(root);
  findings.push(...tooDeep);
  const mapped = tooDeep.length > 0 ? undefined : mapExactly(root);
  if (mapped !== undefined) {
    findings.push(...personalFindings(root, mapped), ...effectFindings(root, mapped), ...subjectFindings(mapped));
  }
  const unusable = findings.some(({ rule }) => rule.startsWith('reference') || rule.startsWith('pattern'));
  return unusable ? findings : [...findings, ...literalFindings(root, schemaPlaces(root))];
}

/** The first property on each path that lies deeper than a table can. */
function depthFindings(root: JsonObject): Finding[] {
  const findings: Finding[] = [];
  const visit = (node: JsonObject, pointer: string, depth: number, level = 0): void => {
    for (const place of childPlaces({ node, pointer })) {
      if (place.keyword !== 'properties' && place.keyword !== 'items') continue;
      const resolved = resolveNode(root, place.node);
      const child = resolved === undefined ? undefined : (withoutNullBranch(root, resolved) ?? resolved);
      if (child === undefined || child['treatment'] !== undefined || findings.length > maxFindings) continue;
      const deeper = isJsonObject(child['properties']) ? depth + 1 : depth;
      if ((deeper > maxObjectDepth && deeper > depth) || level > maxLevels) findings.push(tooDeep(place.pointer));
      else visit(child, place.pointer, deeper, level + 1);
    }
  };
  visit(root, '', 0);
  return findings;
}

function tooDeep(pointer: string): Finding {
  return {
    severity: 'error',
    rule: 'nesting-too-deep',
    pointer,
    message: `this object lies more than ${maxObjectDepth} objects deep; BigQuery nests 15 RECORDs at most`,
    fix: 'flatten the data, or leave this part free-form (an object without "properties" is one JSON column)',
  };
}
