/**
 * How the clients that speak gRPC find a connection again that was lost. grpc-js waits up to two minutes before it tries
 * to connect again, and fails every call meanwhile, so that a function would stay out of order for two minutes after an
 * outage that is over.
 */
export const channelOptions = { 'grpc.max_reconnect_backoff_ms': 5_000 } as const;
