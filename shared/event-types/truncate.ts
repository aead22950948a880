import { isIPv4, isIPv6 } from 'node:net';
import type { JsonValue } from '../event/json.ts';
import { formatInstant, parseInstant } from '../event/time.ts';
import type { Treatment } from './column.ts';

/**
 * Makes a value coarse: an address to its /24 (IPv4) or /48 (IPv6) network, a time to its hour or day (UTC), a coordinate
 * to the nearest point of a grid. Undefined when the value is of no such kind.
 */
export function truncateValue(
  treatment: Extract<Treatment, { readonly do: 'truncate' }>,
  value: JsonValue,
): JsonValue | undefined {
  if (treatment.to === 'grid') return typeof value === 'number' ? toGrid(value, treatment.gridDegrees) : undefined;
  if (typeof value !== 'string') return undefined;
  return treatment.to === 'network' ? toNetwork(value) : toMultiple(value, treatment.to === 'hour' ? 3_600 : 86_400);
}

function toGrid(value: number, gridDegrees: number): number {
  const steps = value / gridDegrees;
  // Numbers that large are further apart than any grid's points; what overflows would be no number any more.
  if (!Number.isSafeInteger(Math.trunc(steps))) return value;
  // Rounded once more, so that 0.1 steps do not carry binary dust into the table.
  return Number((Math.round(steps) * gridDegrees).toFixed(9)) + 0;
}

function toMultiple(text: string, seconds: number): string | undefined {
  const instant = parseInstant(text);
  if (instant === undefined) return undefined;
  return formatInstant({ epochSeconds: Math.floor(instant.epochSeconds / seconds) * seconds, micros: 0 });
}

function toNetwork(address: string): string | undefined {
  if (isIPv4(address)) return `${address.split('.').slice(0, 3).join('.')}.0`;
  if (!isIPv6(address)) return undefined;
  const groups = ipv6Groups(address);
  // An IPv4 address in IPv6 clothes (RFC 4291 section 2.5.5) is cut as what it is: its /48 would say nothing.
  const [sixth, high, low] = [groups[5], groups[6] ?? 0, groups[7] ?? 0];
  if (groups.slice(0, 5).every((group) => group === 0) && sixth === 0xffff) {
    return `::ffff:${high >> 8}.${high & 0xff}.${low >> 8}.0`;
  }
  return `${groups
    .slice(0, 3)
    .map((group) => group.toString(16))
    .join(':')}::`;
}

/** The eight 16-bit groups of an address that `isIPv6` accepts. */
function ipv6Groups(address: string): number[] {
  const [bare = ''] = address.split('%');
  const embedded = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(bare);
  const plain = embedded
    ? `${embedded[1]}${((Number(embedded[2]) << 8) | Number(embedded[3])).toString(16)}:${((Number(embedded[4]) << 8) | Number(embedded[5])).toString(16)}`
    : bare;
  const [head = '', tail] = plain.split('::');
  const parse = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const left = parse(head);
  const right = tail === undefined ? [] : parse(tail);
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}
