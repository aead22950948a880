/**
 * How long Google's clients wait for a connection that is lost, for every client that we make.
 *
 * grpc-js waits up to two minutes before it tries to connect again, and fails every call meanwhile, so that a function
 * would stay out of order for two minutes after an outage that is over. And a connection that went silent without being
 * closed (a frozen instance, a lost route) is used until TCP gives up, some 15 minutes: pings find it out. They go on
 * between calls, since a call ends before the next ping is due. Every 30 seconds is what Google's own Bigtable client does.
 */
export const channelOptions = {
  'grpc.max_reconnect_backoff_ms': 5_000,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 1,
} as const;
