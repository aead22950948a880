import { defaultEventLimits } from '../../../shared/event-types/check-event.ts';

/** A record that is longer is told by its hash; what an event may be. */
export const maxRecordBytes = defaultEventLimits.maxEventBytes;
