/**
 * The SDK binding of heartbeats, by which rows tell what is one: events of every type without data, which the system
 * sends to itself through its own front door. Exact views leave them out.
 */
export const heartbeatSdk = 'edi-heartbeat';
