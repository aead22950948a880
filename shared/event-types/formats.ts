import { isIPv4, isIPv6 } from 'node:net';
import type { Ajv2020 } from 'ajv/dist/2020.js';
import { isDate, isWithinYears, parseInstant } from '../event/time.ts';

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const domain = new RegExp(`^${label}(?:\\.${label})*$`, 'i');
const maxDomainLength = 253;
const atext = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+";
const quoted = '"(?:[ !#-[\\]-~]|\\\\[ -~])*"';
/** Local part and domain; the last `@` divides them, since a domain holds none. */
const mailbox = new RegExp(`^(?:${atext}(?:\\.${atext})*|${quoted})@([^@]+)$`, 'i');

/** Any number of these characters and percent-encoded octets, in time in proportion to the text. */
const charsOf = (set: string) => `[${set}]*(?:%[0-9a-f]{2}[${set}]*)*`;
const regName = "\\w.~!$&'()*+,;=-";
const address = String.raw`(?:(?:${charsOf(`:${regName}`)})@)?(?:${charsOf(regName)}|\[([^\]]*)\])(?::\d*)?`;
const path = charsOf(`/:@${regName}`);
const queryOrFragment = charsOf(`?/:@${regName}`);
const afterScheme = String.raw`(?://${address}(?:/${path})?|(?!//)${path})(?:\?${queryOrFragment})?(?:#${queryOrFragment})?$`;
/** RFC 3986 sections 3 and 4.2, but for what stands in brackets. */
const uri = new RegExp(`^[a-z][a-z0-9+.-]*:${afterScheme}`, 'i');
const relative = new RegExp(`^(?![^/?#]*:)${afterScheme}`, 'i');
const ipFuture = /^v[0-9a-f]+\.[\w.~!$&'()*+,;=:-]+$/i;

/** By its own grammar alone: no zone (RFC 4007), which Node takes. */
function isAddress6(text: string): boolean {
  return isIPv6(text) && !text.includes('%');
}

function isDateTime(text: string): boolean {
  const instant = parseInstant(text);
  return instant !== undefined && isWithinYears(instant);
}

/** RFC 1123 section 2.1. What an A-label decodes to is not looked at. */
function isHostname(text: string): boolean {
  return text.length <= maxDomainLength && domain.test(text);
}

/** `Mailbox` of RFC 5321 section 4.1.2. */
function isEmail(text: string): boolean {
  const host = mailbox.exec(text)?.[1];
  if (host === undefined) return false;
  if (!host.startsWith('[') || !host.endsWith(']')) return isHostname(host);
  const literal = host.slice(1, -1);
  return /^ipv6:/i.test(literal) ? isAddress6(literal.slice(5)) : isIPv4(literal);
}

/** By one of these grammars, with an address in brackets that is one (RFC 3986 section 3.2.2). */
function isUri(text: string, ...grammars: readonly RegExp[]): boolean {
  const grammar = grammars.find((each) => each.test(text));
  if (grammar === undefined || !text.includes('[')) return grammar !== undefined;
  const literal = grammar.exec(text)?.[1] ?? '';
  return isAddress6(literal) || ipFuture.test(literal);
}

/**
 * The formats that schemas may use, each by the one definition that validation, comparison and inference share: JSON
 * Schema 2020-12 validation section 7.3 and the RFCs named there. Dates and addresses are exactly what the TIMESTAMP and
 * DATE columns and the truncation to a network take. Every check takes time in proportion to the text.
 */
const checks = new Map<string, (text: string) => boolean>([
  ['date-time', isDateTime],
  ['date', isDate],
  ['uri', (text) => isUri(text, uri)],
  ['uri-reference', (text) => isUri(text, uri, relative)],
  ['uuid', (text) => uuid.test(text)],
  ['email', isEmail],
  ['ipv4', isIPv4],
  ['ipv6', isAddress6],
  ['hostname', isHostname],
]);

/** Their names; ajv's strict mode refuses others. */
export const supportedFormats: readonly string[] = [...checks.keys()];

/** Registers the formats. */
export function addSupportedFormats(ajv: Ajv2020): void {
  for (const [name, check] of checks) ajv.addFormat(name, check);
}

/** Whether a text is of a supported format; undefined for another format. */
export function checkSupportedFormat(format: string, text: string): boolean | undefined {
  return checks.get(format)?.(text);
}
