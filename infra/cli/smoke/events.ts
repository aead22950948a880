import type { JsonObject } from '../../../shared/event/json.ts';
import { smokeType } from '../../smoke-type.ts';
import { type DemoRun, eventId } from '../demo/run.ts';

const source = 'urn:edi:smoke';
const dayMillis = 86_400_000;

/** What one smoke test sends. */
export interface SmokeEvents {
  /** Sent, and sent again to the byte. */
  readonly first: SmokeEvent;
  /** In one request with the resend: when it has a row, dedup has decided about the resend, too. */
  readonly beside: SmokeEvent;
  /**
   * Of no step that the schema knows. The same bytes all day long, so that however often smoke tests run, the
   * quarantine has one record of a day.
   */
  readonly refused: SmokeEvent;
}

interface SmokeEvent extends JsonObject {
  readonly id: string;
}

export function makeSmokeEvents(run: DemoRun): SmokeEvents {
  const event = (id: string, timeMillis: number, step: string): SmokeEvent => ({
    specversion: '1.0',
    id,
    source,
    type: smokeType,
    time: new Date(timeMillis).toISOString(),
    data: { step },
  });
  const today = run.startMillis - (run.startMillis % dayMillis);
  return {
    first: event(eventId(run, 1), run.startMillis, 'first'),
    beside: event(eventId(run, 2), run.startMillis, 'beside'),
    refused: event(`refused-${new Date(today).toISOString().slice(0, 10)}`, today, 'refused'),
  };
}

/** What ingest says of the refused one, and the quarantine shows. */
export const refusalReason = 'schema';

/** A row that shows it clearly is not pseudonymized. */
export const clearSource = source;
