import { defaultEventLimits, type EventLimits } from '../../shared/event-types/check-event.ts';
import { assertSettings, atMost, variableName } from '../../shared/needs/settings.ts';
import { pubsubLimits } from '../../shared/ports/publisher.ts';
import { defaultRetryPolicy } from '../../shared/sdks/sdk-bindings.ts';

/** Settings of ingest. Every bound of the receiver is here, or among the limits of an event. */
export interface IngestConfig extends EventLimits {
  /** A request's body, as received and after decompression. Default 1 MiB. */
  readonly maxBodyBytes: number;
  /** Events of a request. Default 1,000. */
  readonly maxRequestEvents: number;
  /** Refused events of a request that each have a record in quarantine; more of them are kept together. Default 25. */
  readonly maxOwnRecords: number;
  /** Requests handled at once by one instance; more are answered 429. Default 1,000. */
  readonly maxInFlightRequests: number;
  /** Body bytes held at once by one instance, as they arrive and inflated; more are answered 429. Default 128 MiB. */
  readonly maxInFlightBytes: number;
  /** Of these requests, one client address may have so many (an IPv6 client is a /64). Default 500. */
  readonly maxClientRequests: number;
  /** Of these bytes, one client address may hold so many. Default 32 MiB. */
  readonly maxClientBytes: number;
  /** Of these requests, one binding with a secret key may have so many. A public key is no bound. Default 500. */
  readonly maxKeyRequests: number;
  /** Of these bytes, one binding with a secret key may hold so many. Default 64 MiB. */
  readonly maxKeyBytes: number;
  /** A body that is not there in whole after this time is slow. Default 1,000. */
  readonly slowBodyMillis: number;
  /** Slow bodies at once on one instance; of more, those that bring least are answered 408. Default 100. */
  readonly maxSlowBodies: number;
  /** Slow bodies at once of one client address. Default 32. */
  readonly maxClientSlowBodies: number;
  /** From this age on a body must have come at `minBodyBytesPerSecond` on average. Default 5,000. */
  readonly bodyGraceMillis: number;
  /** A slower body is answered 408. Default 1,024. */
  readonly minBodyBytesPerSecond: number;
  /** A body that takes longer is answered 408. Default 40,000. */
  readonly bodyDeadlineMillis: number;
  /**
   * Which entry of `X-Forwarded-For` is the client's address, counted from the end: 1 behind Cloud Run alone, 2 behind
   * the edge's load balancer, 0 takes the connection's own. Default 1.
   */
  readonly forwardedEntry: number;
  /** Distinct sources that one client address may name in a minute, where a binding bounds its requests. Default 1,000. */
  readonly maxClientSourcesPerMinute: number;
  /** Distinct data subjects, likewise. Default 2,000. */
  readonly maxClientSubjectsPerMinute: number;
  /** Of all clients, so many of these names are remembered; the oldest clients are forgotten first. Default 200,000. */
  readonly maxRememberedNames: number;
  /** How long a small request waits for others of its SDK to be sealed with. Default 5. */
  readonly coalesceMillis: number;
  /** Uncompressed payload of a sealed batch; a larger request is split over several. Default 1 MiB. */
  readonly maxSealBytes: number;
  /** Events of a sealed batch, as above; the marks of more than 1,024 would not fit an attribute. Default 1,000. */
  readonly maxSealEvents: number;
  /** The region that it runs in, which rows show; empty where there are none. Default empty. */
  readonly region: string;
  /** `Retry-After` of 429 and 503. Default 5. */
  readonly retryAfterSeconds: number;
  /** Clients may resend this long and still be recognised; told by `/v1/policy`. Default 28. */
  readonly lookBackDays: number;
  /** What the clocks of issuers of subject tokens, of clients and of this system may differ by. Default 60. */
  readonly maxTokenClockDifferenceSeconds: number;
  /** Longer subject tokens are malformed; servers before ours bound all headers of a request. Default 4,096. */
  readonly maxTokenBytes: number;
  /** How often an instance asks an issuer for a key that it does not know, at most. Default 30. */
  readonly minKeySetAskSeconds: number;
  /** After this time the keys of an issuer are asked for again. Default 600. */
  readonly maxKeySetAgeSeconds: number;
  /** How long the rest of a refused body is thrown away before the connection is closed. Default 30,000. */
  readonly maxDiscardMillis: number;
  /** How long nothing of it may arrive meanwhile. Default 2,000. */
  readonly discardIdleMillis: number;
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
  maxOwnRecords: 25,
  maxInFlightRequests: 1_000,
  maxInFlightBytes: 128 * 1_048_576,
  maxClientRequests: 500,
  maxClientBytes: 32 * 1_048_576,
  maxKeyRequests: 500,
  maxKeyBytes: 64 * 1_048_576,
  slowBodyMillis: 1_000,
  maxSlowBodies: 100,
  maxClientSlowBodies: 32,
  bodyGraceMillis: 5_000,
  minBodyBytesPerSecond: 1_024,
  bodyDeadlineMillis: 40_000,
  forwardedEntry: 1,
  maxClientSourcesPerMinute: 1_000,
  maxClientSubjectsPerMinute: 2_000,
  maxRememberedNames: 200_000,
  coalesceMillis: 5,
  maxSealBytes: 1_048_576,
  maxSealEvents: 1_000,
  region: '',
  retryAfterSeconds: 5,
  lookBackDays: 28,
  maxTokenClockDifferenceSeconds: 60,
  maxTokenBytes: 4_096,
  minKeySetAskSeconds: 30,
  maxKeySetAgeSeconds: 600,
  maxDiscardMillis: 30_000,
  discardIdleMillis: 2_000,
  preflightMaxAgeSeconds: 600,
  allowLoopbackOrigins: false,
};

/** Of an event in a batch's index: well above id and source of 256 bytes each, the name of its type, and numbers. */
const maxIndexEntryBytes = 3_200;
/** Beside data: attributes of a sealed batch; beside its payload: the other columns of a quarantined event. */
const besideDataBytes = 65_536;
/** Base64. */
const quarantineGrowth = 4 / 3;

/**
 * Throws a `SettingError` where settings contradict each other or the platform, which would show only when an event is
 * acknowledged that no later stage can forward.
 */
export function checkIngestConfig(config: IngestConfig): void {
  const setting = (name: keyof IngestConfig & string) => ({ name: variableName(name), value: Number(config[name]) });
  const room = pubsubLimits.maxMessageBytes - besideDataBytes;
  const body = setting('maxBodyBytes');
  assertSettings([
    atMost(setting('maxEventBytes'), body, 'no event could be that large'),
    atMost(
      { name: `${variableName('maxEventBytes')} + 2`, value: config.maxEventBytes + 2 },
      setting('maxSealBytes'),
      'an event goes into one sealed batch, whose array has brackets',
    ),
    atMost(
      setting('maxSealEvents'),
      { name: 'the bytes of a Pub/Sub attribute', value: pubsubLimits.maxAttributeValueBytes },
      'dedup writes one mark an event into an attribute',
    ),
    atMost(
      {
        name: `${variableName('maxSealBytes')} + ${maxIndexEntryBytes} x ${variableName('maxSealEvents')}`,
        value: config.maxSealBytes + maxIndexEntryBytes * config.maxSealEvents,
      },
      { name: 'the data of a Pub/Sub message', value: room },
      'a batch is one message, with its index',
    ),
    atMost(
      { name: `4/3 x ${body.name}`, value: Math.ceil(body.value * quarantineGrowth) },
      { name: 'the data of a Pub/Sub message', value: room },
      'a refused event may fill its request, and is kept in quarantine in base64',
    ),
    atMost(body, setting('maxInFlightBytes'), 'no such request would ever be taken'),
    atMost(
      { name: "giveUpAfterDays of clients' default policy", value: defaultRetryPolicy.giveUpAfterDays },
      { name: `${variableName('lookBackDays')} - 1`, value: config.lookBackDays - 1 },
      'a resend later than the look-back is not recognised',
    ),
  ]);
}
