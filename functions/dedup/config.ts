import { assertSettings, atMost, variableName } from '../../shared/needs/settings.ts';
import { defaultLinesConfig, type LinesConfig, linesRules } from '../../shared/operations/lines-config.ts';
import { claimDocumentLimitBytes } from '../../shared/ports/claim-documents.ts';
import { defaultRetryPolicy } from '../../shared/sdks/sdk-bindings.ts';

/** Settings of dedup. */
export interface DedupConfig extends LinesConfig {
  /** How long a resend is recognised, counted from the seal that claimed the event. Default 28. */
  readonly lookBackDays: number;
  /** Rounds of read and conditional write, for lost races and split documents; then Pub/Sub redelivers. Default 10. */
  readonly maxClaimRounds: number;
  /** A claim document that would grow beyond this is split; reading it costs time and traffic. Default 192 KiB. */
  readonly maxDocumentBytes: number;
  /** How long a claim waits for others of this instance that are at work on its documents. Default 250. */
  readonly maxTurnWaitMillis: number;
  /**
   * Oldest knowledge of the bindings, and so of the bucket widths, that a claim may rest on. An instance asks the registry
   * as it works; after a rest without CPU it waits for the answer first, if there is one. Default 30.
   */
  readonly maxBindingAgeSeconds: number;
}

export const defaultDedupConfig: DedupConfig = {
  ...defaultLinesConfig,
  lookBackDays: 28,
  maxClaimRounds: 10,
  maxDocumentBytes: 192 * 1_024,
  maxTurnWaitMillis: 250,
  maxBindingAgeSeconds: 30,
};

/** Throws a `SettingError` where settings contradict each other or the platform. */
export function checkDedupConfig(config: DedupConfig): void {
  const lookBack = { name: variableName('lookBackDays'), value: config.lookBackDays };
  assertSettings([
    atMost(
      lookBack,
      { name: variableName('purgeAfterDays'), value: config.purgeAfterDays },
      'a claim must not count when its payload was purged',
    ),
    ...linesRules(config),
    atMost(
      { name: "giveUpAfterDays of clients' default policy", value: defaultRetryPolicy.giveUpAfterDays },
      { name: `${lookBack.name} - 1`, value: lookBack.value - 1 },
      'a resend later than the look-back is not recognised',
    ),
    atMost(
      { name: variableName('maxDocumentBytes'), value: config.maxDocumentBytes },
      { name: 'a Firestore document', value: claimDocumentLimitBytes },
      'it is split before it grows beyond',
    ),
    atMost(
      { name: '1', value: 1 },
      { name: variableName('maxClaimRounds'), value: config.maxClaimRounds },
      'a claim takes one round at least',
    ),
  ]);
}
