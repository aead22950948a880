import { defaultRetryPolicy, type SdkBinding } from '../../shared/sdks/sdk-bindings.ts';
import type { IngestConfig } from './config.ts';

/** What `GET /v1/policy` answers: when to resend, and what a request may hold. With a key, its SDK's own policy. */
export function policyOf(config: IngestConfig, binding: SdkBinding | undefined): object {
  const policy = binding?.retryPolicy ?? defaultRetryPolicy;
  return {
    retry: {
      ...policy,
      // A binding of long ago may say more than would be recognised.
      giveUpAfterDays: Math.min(policy.giveUpAfterDays, config.lookBackDays - 1),
      onStatus: [408, 429, 500, 502, 503, 504],
      honourRetryAfter: true,
      onTransientRejection: true,
    },
    limits: {
      maxRequestEvents: config.maxRequestEvents,
      maxBodyBytes: config.maxBodyBytes,
      maxEventBytes: config.maxEventBytes,
      maxNesting: config.maxNesting,
      lookBackDays: config.lookBackDays,
    },
  };
}
