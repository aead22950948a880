import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { parsePointer } from '../event/json-pointer.ts';
import { isKebabName, isRealm, sourceRealm } from '../event/realm.ts';
import { columnTypes, type DataSubjectReference, type Treatment } from './column.ts';

/** The format of text that may be an address of either kind, as the mapping reads alternatives. */
export const eitherAddress = 'ipv4 or ipv6';

/** Stands as `do` where somebody has yet to choose a treatment; no schema with it can be used. */
export const undecidedTreatment = 'decide';

/** What a treatment has to know of the values that it is for. */
interface TreatedValues {
  /** In words of JSON Schema, without null; none where nothing says it. */
  readonly types: readonly string[];
  readonly format?: string;
}

/** Reads the `treatment` keyword of a property with such values; a string says what is wrong with it. */
export function readTreatment(value: JsonValue, of: TreatedValues): Treatment | string {
  if (!isJsonObject(value)) return 'a treatment is an object such as {"do": "drop"}';
  if (value['do'] === 'drop') return readDrop(value['column']);
  const subject = readSubject(value['subject']);
  if (typeof subject === 'string') return subject;
  const keepDays = value['keepDays'];
  if (keepDays !== undefined && !isKeepDays(keepDays)) {
    return `"keepDays" is a whole number of days from 1 to ${maxKeepDays}`;
  }
  const whose = { ...(subject === undefined ? {} : { subject }), ...(keepDays === undefined ? {} : { keepDays }) };
  if (value['do'] === 'pseudonymize') return readPseudonymize(value, of, whose);
  if (value['do'] === 'tokenize') return readTokenize(value, of, whose);
  if (value['do'] === 'truncate') return readTruncation(value, of, whose);
  return '"do" is one of "drop", "pseudonymize", "tokenize", "truncate"';
}

/** Whose a value is, and for how long it is kept. */
type Whose = { readonly subject?: DataSubjectReference; readonly keepDays?: number };

/** As long as a type may keep its rows. */
const maxKeepDays = 3_650;

function isKeepDays(value: JsonValue): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maxKeepDays;
}

function readPseudonymize({ pad }: JsonObject, of: TreatedValues, whose: Whose): Treatment | string {
  if (!onlyTypes(of, typeNames))
    return '"pseudonymize" needs a "type": strings and integers are encrypted as they are, and all else as JSON';
  const padBytes = pad === true ? defaultPadBytes : pad;
  if (padBytes !== undefined && !isPadding(padBytes)) {
    return `"pad" is true (${defaultPadBytes}) or a whole number of bytes from ${minPadBytes} to ${maxPadBytes}`;
  }
  return {
    do: 'pseudonymize',
    ...whose,
    ...(onlyTypes(of, ['string', 'integer']) ? {} : { anyKind: true }),
    ...(padBytes === undefined ? {} : { padBytes }),
  };
}

function readTokenize({ realm, domain }: JsonObject, of: TreatedValues, whose: Whose): Treatment | string {
  if (!isRealm(realm) || !isKebabName(domain)) {
    return `"tokenize" needs a "realm" and a "domain", kebab-case names: what shall be joined has the same two`;
  }
  if (!onlyTypes(of, typeNames)) return '"tokenize" needs a "type"';
  return { do: 'tokenize', realm, domain, ...whose };
}

/** The size of AES's block, which is what enumerations of short words mostly fit in. */
const defaultPadBytes = 16;
const [minPadBytes, maxPadBytes] = [2, 1_024];
const typeNames = ['string', 'integer', 'number', 'boolean', 'object', 'array'];

function isPadding(value: JsonValue): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= minPadBytes && value <= maxPadBytes;
}

function readDrop(column: JsonValue | undefined): Treatment | string {
  if (column === undefined) return { do: 'drop' };
  const type = columnTypes.find((known) => known === column && known !== 'RECORD');
  return type === undefined
    ? '"column" is the type of the column that stays, such as "STRING"'
    : { do: 'drop', column: type };
}

function readTruncation(value: JsonObject, of: TreatedValues, whose: Whose): Treatment | string {
  const { to, gridDegrees } = value;
  if (to === 'network') {
    const isAddress = of.format === 'ipv4' || of.format === 'ipv6' || of.format === eitherAddress;
    return onlyTypes(of, ['string']) && isAddress
      ? { do: 'truncate', to, ...whose }
      : 'truncation to the network takes a string of format "ipv4" or "ipv6", or "anyOf" the two';
  }
  if (to === 'day' || to === 'hour') {
    return onlyTypes(of, ['string']) && of.format === 'date-time'
      ? { do: 'truncate', to, ...whose }
      : `truncation to the ${to} takes a string of format "date-time"`;
  }
  if (to === 'grid') {
    if (typeof gridDegrees !== 'number' || !(gridDegrees > 0))
      return 'truncation to a grid needs "gridDegrees" above 0';
    return onlyTypes(of, ['number', 'integer'])
      ? { do: 'truncate', to, gridDegrees, ...whose }
      : 'truncation to a grid takes a number';
  }
  return '"to" is one of "network", "hour", "day", "grid"';
}

function readSubject(value: JsonValue | undefined): DataSubjectReference | undefined | string {
  if (value === undefined) return undefined;
  if (!isJsonObject(value)) return '"subject" is an object with "realm" and "pointer"';
  const { realm, pointer, optional } = value;
  if (!isRealm(realm)) return `"realm" is a kebab-case name other than "${sourceRealm}"`;
  if (typeof pointer !== 'string' || parsePointer(pointer) === undefined) {
    return '"pointer" is a JSON Pointer into the data ("/sender/id") or one relative to the property ("1/id")';
  }
  if (optional !== undefined && optional !== true) return '"optional" is true where an event need not say whose it is';
  return { realm, pointer, ...(optional === undefined ? {} : { optional }) };
}

function onlyTypes({ types }: TreatedValues, allowed: readonly string[]): boolean {
  return types.length > 0 && types.every((type) => allowed.includes(type));
}
