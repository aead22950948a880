import type { JsonObject } from '../../event/json.ts';
import { mapExactly } from '../../event-types/mapping/map-schema.ts';
import type { MappingNote } from '../../event-types/mapping/policies.ts';
import { schemaPlaces } from '../../event-types/schema-places.ts';
import { circleFindings } from './circles.ts';
import { subjectFindings } from './data-subjects.ts';
import { errorAt, type Finding, sameMatter } from './finding.ts';
import { keepDaysFindings } from './keep-days.ts';
import { literalFindings } from './literals.ts';
import { keyFindings, personalFindings } from './personal.ts';
import { structureRules } from './structure.ts';
import { effectFindings } from './treatment-effect.ts';

/** Makes a report that nobody reads to the end anyway end. */
export const maxFindings = 1_000;
/** BigQuery's documented limit on nested RECORDs; `data` is one of them. */
const maxObjectDepth = 14;

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
  const mapped = mapExactly(root);
  if (mapped !== undefined) {
    const tooDeep = mapped.notes.filter(({ reason }) => reason === 'too-deep').map(deepFinding);
    if (tooDeep.length > 0) return [...findings, ...tooDeep];
    findings.push(...personalFindings(root, mapped), ...effectFindings(root, mapped), ...subjectFindings(mapped));
    findings.push(...keepDaysFindings(root, mapped));
    const isNew = ({ pointer }: Finding) => !findings.some((known) => sameMatter(known.pointer, pointer));
    findings.push(...keyFindings(root, mapped).filter(isNew));
  }
  const unusable = findings.some(({ rule }) => rule.startsWith('reference') || rule.startsWith('pattern'));
  return unusable ? findings : [...findings, ...literalFindings(root, schemaPlaces(root))];
}

function deepFinding({ pointer }: MappingNote): Finding {
  const message = `this object lies more than ${maxObjectDepth} objects deep; BigQuery nests 15 RECORDs at most`;
  const fix = 'flatten the data, or leave this part free-form (an object without "properties" is one JSON column)';
  return errorAt(pointer, 'nesting-too-deep', message, fix);
}
