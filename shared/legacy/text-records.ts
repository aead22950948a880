import type { EventRule, EventWriter } from './event-rules.ts';
import { type Fault, isFault } from './fault.ts';
import type { CellRules } from './file-format.ts';
import { type RecordId, recordId } from './identity.ts';
import type { RecordPlan } from './mapping.ts';
import type { Row } from './row.ts';

/** What JSON escapes but a tab, which mostly separates cells; and what an escape begins with. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259 section 7 has them escaped
const mayNeedDecoding = /["\\%\u0000-\u0008\u000a-\u001f]/;

/** Nothing of the line has to be decoded, or escaped in JSON. */
export function isClean(line: string, { separator }: CellRules): boolean {
  return !mayNeedDecoding.test(line) && (separator === '\t' || !line.includes('\t'));
}

const noType: Fault = { reason: 'legacy-no-type' };

/** The event of a record under the first rule that fits; or why there is none. */
export function textOf(plan: RecordPlan, row: Row, id: RecordId): { type: string; text: string } | 'skipped' | Fault {
  const rule = ruleOf(plan, row);
  if (rule === undefined) return noType;
  const { event } = rule;
  if (event === undefined) return 'skipped';
  const text = write(event, row, id);
  return typeof text === 'object' ? text : { type: event.type, text };
}

function ruleOf({ rules }: RecordPlan, row: Row): EventRule | undefined {
  for (let at = 0; at < rules.length; at++) if (rules[at]?.fits(row)) return rules[at];
  return undefined;
}

/** Under the id that its columns say or that follows from it. */
function write(event: EventWriter, row: Row, { hashed, occurrence }: RecordId): string | Fault {
  if (event.id === undefined) return event.write(row, `"${recordId(hashed, occurrence)}"`);
  const id = event.id.write(row);
  if (id === undefined) return { reason: 'legacy-missing', column: 'id' };
  return isFault(id) ? id : event.write(row, id);
}
