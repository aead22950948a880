import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import type { Random } from '../../shared/ports/random.ts';

/** Names the client of a request: the same text for the same network, which tells nobody which that is. */
export type ClientOf = (request: IncomingMessage) => string;

/** Longer entries of `X-Forwarded-For` are no addresses. */
const maxAddressLength = 64;

/**
 * Clients are told apart by their address. Before an instance stands what appended it to `X-Forwarded-For`: Cloud Run
 * alone one entry, the address that has called it; an external Application Load Balancer two, and what a client sent
 * before them, unverified: `<supplied-value>,<client-ip>,<load-balancer-ip>` ("External Application Load Balancer
 * overview", section "X-Forwarded-For header", https://cloud.google.com/load-balancing/docs/https#x-forwarded-for_header).
 * To its serverless NEG nothing is added. So `forwardedEntry` is 1 or 2, counted from the end, since the client writes
 * the beginning as it likes; 0 takes the connection's own. An address is kept as a hash
 * under a key of this process alone (SHA-512/256, which a secret prefix makes a MAC), in memory, never logged.
 */
export function makeClientOf(forwardedEntry: number, random: Random): ClientOf {
  const secret = Buffer.from(random.bytes(32)).toString('base64');
  return (request) => {
    const forwarded = forwardedEntry > 0 ? entryFromEnd(request.headers['x-forwarded-for'], forwardedEntry) : undefined;
    return hash('sha512-256', secret + networkOf(forwarded ?? request.socket.remoteAddress ?? ''), 'base64url');
  };
}

function entryFromEnd(header: string | string[] | undefined, entry: number): string | undefined {
  if (header === undefined) return undefined;
  const entries = String(header).split(',');
  const address = (entries[entries.length - entry] ?? entries[0] ?? '').trim();
  return address.length <= maxAddressLength && (isIPv4(address) || isIPv6(address)) ? address : undefined;
}

/** An IPv4 address, or the /64 of an IPv6 one, which is what one subscriber holds at least (RFC 6177). */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.toLowerCase().split('%', 1)[0]?.split('::') ?? [];
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const groups = [...first, ...Array<string>(zeros).fill('0'), ...last].slice(0, 4);
  return groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':');
}
