import { defaultEventLimits, type EventLimits } from '../../shared/event-types/check-event.ts';

/** Settings of ingest. Every bound of the receiver is here, or among the limits of an event. */
export interface IngestConfig extends EventLimits {
  /** A request's body, as received and after decompression. Default 1 MiB. */
  readonly maxBodyBytes: number;
  /** Events of a request. Default 1,000. */
  readonly maxRequestEvents: number;
  /** Requests handled at once by one instance; more are answered 429. Default 1,000. */
  readonly maxInFlightRequests: number;
  /** Body bytes held at once by one instance; more are answered 429. Default 128 MiB. */
  readonly maxInFlightBytes: number;
  /** How long a small request waits for others of its SDK to be sealed with. Default 5. */
  readonly coalesceMillis: number;
  /** Uncompressed payload of a sealed batch; a request alone may be this large. Default 1 MiB. */
  readonly maxSealBytes: number;
  /** Events of a sealed batch; the marks of more would not fit a Pub/Sub attribute. Default 1,000. */
  readonly maxSealEvents: number;
  /** `Retry-After` of 429 and 503. Default 5. */
  readonly retryAfterSeconds: number;
  /** Clients may resend this long and still be recognised; told by `/v1/policy`. Default 35. */
  readonly lookBackDays: number;
  /** How long the rest of a refused body is thrown away before the connection is closed. Default 5,000. */
  readonly maxDiscardMillis: number;
  /** Browsers may remember a preflight this long. Default 600. */
  readonly preflightMaxAgeSeconds: number;
  /** Pages on this machine may call ingest. For the local deployment; default false. */
  readonly allowLoopbackOrigins: boolean;
  /** Project whose traces the logs refer to; absent locally. */
  readonly projectId?: string;
}

export const defaultIngestConfig: IngestConfig = {
  ...defaultEventLimits,
  maxBodyBytes: 1_048_576,
  maxRequestEvents: 1_000,
  maxInFlightRequests: 1_000,
  maxInFlightBytes: 128 * 1_048_576,
  coalesceMillis: 5,
  maxSealBytes: 1_048_576,
  maxSealEvents: 1_000,
  retryAfterSeconds: 5,
  lookBackDays: 35,
  maxDiscardMillis: 5_000,
  preflightMaxAgeSeconds: 600,
  allowLoopbackOrigins: false,
};
