import { expectedOfAttribute } from '../event/envelope.ts';
import { expectedOfEvent } from '../event/expected-event.ts';
import type { FieldError } from '../outcome/outcome.ts';
import type { EdiBlock } from './event-schema.ts';

interface RuleContext {
  readonly limits: { readonly maxEventBytes: number; readonly maxNesting: number; readonly maxAheadHours: number };
  /** Of the event's type, where it is known. */
  readonly edi?: Partial<Pick<EdiBlock, 'sdks' | 'retentionDays'>> | undefined;
}

/** SDKs that are told of a type. */
const maxListed = 20;

/**
 * What was wanted by a rule that is no schema's: of the event as a whole, its envelope, its type or its time. Of settings
 * and of the type's `edi` block, never of an event; undefined for a rule of the data.
 */
export function expectedOfRule(
  { path, keyword }: Pick<FieldError, 'path' | 'keyword'>,
  { limits, edi }: RuleContext,
): string | undefined {
  switch (`${path} ${keyword}`) {
    case '/type pattern':
      return 'a name <domain>.<event>.v<major>';
    case '/type enum':
      return 'the name of an active event type';
    case '/type deprecated':
      return 'a type that is not retired';
    case '/type sdks':
      return edi?.sdks && `the key of an SDK that the type lists: ${listed(edi.sdks)}`;
    case '/time maximum':
      return `at most ${limits.maxAheadHours} hours ahead of the receiver`;
    case '/time minimum':
      return edi?.retentionDays === undefined
        ? undefined
        : `at most ${edi.retentionDays} days old, as long as the table keeps`;
    default:
      if (path === '' && keyword !== 'type') return expectedOfEvent(keyword, limits);
      // Other rules at the data are its schema's.
      return path !== '/data' || ofEnvelope.has(keyword) ? expectedOfAttribute(path) : undefined;
  }
}

const ofEnvelope = new Set(['required', 'type']);

function listed(names: readonly string[]): string {
  const more = names.length - maxListed;
  return more > 0 ? `${names.slice(0, maxListed).join(', ')} and ${more} more` : names.join(', ');
}
