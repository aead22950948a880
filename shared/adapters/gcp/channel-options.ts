/**
 * How the clients that speak gRPC find a connection again that was lost.
 *
 * grpc-js waits up to two minutes before it tries to connect again, and fails every call meanwhile, so that a function
 * would stay out of order for two minutes after an outage that is over. And a connection that went silent without being
 * closed (a lost route) is used until TCP gives up, some 15 minutes, in which every call times out: pings find it out
 * within 40 seconds. They are sent between calls, too, since ours end before the next ping is due; an instance without
 * CPU sends none. Times as in Google's own Node client of Bigtable.
 */
export const channelOptions = {
  'grpc.max_reconnect_backoff_ms': 5_000,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.keepalive_permit_without_calls': 1,
} as const;
