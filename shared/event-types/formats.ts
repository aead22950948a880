import { isIPv4, isIPv6 } from 'node:net';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { formatInstant, isDate, parseInstant } from '../event/time.ts';

/** Formats that schemas may use; ajv's strict mode refuses others. */
export const supportedFormats = [
  'date-time',
  'date',
  'uri',
  'uri-reference',
  'uuid',
  'email',
  'ipv4',
  'ipv6',
  'hostname',
] as const;

/**
 * Registers the formats. Dates and addresses are ours, so that what validation accepts is exactly what the TIMESTAMP and
 * DATE columns and the truncation to a network take.
 */
export function addSupportedFormats(ajv: Ajv2020): void {
  addFormats.default(ajv, {
    mode: 'fast',
    formats: ['uri', 'uri-reference', 'uuid', 'email', 'hostname'],
  });
  ajv.addFormat('ipv4', isIPv4);
  ajv.addFormat('ipv6', isIPv6);
  ajv.addFormat('date', isDate);
  ajv.addFormat('date-time', (text: string) => {
    const instant = parseInstant(text);
    return instant !== undefined && formatInstant(instant) !== undefined;
  });
}

const validators = new Map<string, (text: string) => boolean>();

/** Whether a text is of a format; undefined for a format that nobody here knows. */
export function checkFormat(format: string, text: string): boolean | undefined {
  if (!validators.has(format)) {
    const ajv = new Ajv2020({ logger: false });
    addFormats.default(ajv);
    addSupportedFormats(ajv);
    if (!Object.hasOwn(ajv.formats, format)) return undefined;
    const validate = ajv.compile({ type: 'string', format });
    validators.set(format, (value) => validate(value));
  }
  return validators.get(format)?.(text);
}
