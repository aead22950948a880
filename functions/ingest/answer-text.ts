import type { FieldError } from '../../shared/outcome/outcome.ts';
import type { IngestAnswer, RejectedEvent } from './stage.ts';

/** Nothing in it is escaped in JSON. */
const plainText = /^[\w.:/@-]*$/;

/**
 * `JSON.stringify` of an answer, in a third of the time where many events broke one rule: what is told of them all is
 * written once. Checks hand out one `FieldError` for a rule where they can.
 */
export function answerText({ accepted, duplicates, rejected }: IngestAnswer): string {
  const refusals = new Map<FieldError | undefined, { readonly of: RejectedEvent; readonly text: string }>();
  let events = '';
  for (const event of rejected) {
    const { index, id, errors } = event;
    const [error, ...others] = errors;
    let refusal = others.length === 0 ? refusals.get(error) : undefined;
    if (refusal === undefined || refusal.of.reason !== event.reason || refusal.of.transient !== event.transient) {
      refusal = { of: event, text: refusalText(event) };
      if (others.length === 0) refusals.set(error, refusal);
    }
    const idText = id !== null && plainText.test(id) ? `"${id}"` : JSON.stringify(id);
    events += `${events === '' ? '' : ','}{"index":${index},"id":${idText},${refusal.text}`;
  }
  return `{"accepted":${accepted},"duplicates":${duplicates},"rejected":[${events}]}`;
}

/** The members after `id`, and the end. */
function refusalText({ transient, reason, errors }: RejectedEvent): string {
  return JSON.stringify({ transient, reason, errors }).slice(1);
}
