import { needs as dedup } from './dedup/needs.ts';
import { needs as eraseInactive } from './erase-inactive/needs.ts';
import { needs as eraseSubject } from './erase-subject/needs.ts';
import { needs as exportLegacy } from './export-legacy/needs.ts';
import { needs as exportSubject } from './export-subject/needs.ts';
import { needs as finishErasures } from './finish-erasures/needs.ts';
import { needs as heartbeat } from './heartbeat/needs.ts';
import { needs as ingest } from './ingest/needs.ts';
import { needs as proveErasure } from './prove-erasure/needs.ts';
import { needs as pseudonymize } from './pseudonymize/needs.ts';
import { needs as publishSchema } from './publish-schema/needs.ts';
import { needs as replay } from './replay/needs.ts';
import { needs as scrubProperty } from './scrub-property/needs.ts';

/** Every function that is deployed, in the order in which an event meets them. A new one is a new line here. */
export const functions = [
  ingest,
  dedup,
  pseudonymize,
  publishSchema,
  exportLegacy,
  heartbeat,
  replay,
  eraseSubject,
  finishErasures,
  eraseInactive,
  exportSubject,
  scrubProperty,
  proveErasure,
] as const;

export type FunctionName = (typeof functions)[number]['name'];

export const functionNames: readonly FunctionName[] = functions.map(({ name }) => name);
