import { isJsonObject, type JsonValue } from '../event/json.ts';
import { isKebabName, sourceRealm } from '../event/realm.ts';
import type { DataSubject } from '../event-types/project.ts';

/** Somebody as a call names them, `{realm, subject}` or `{source}`; otherwise what is wrong, without a value. */
export function readSubject(value: JsonValue | undefined): DataSubject | string {
  const form = 'is {"realm", "subject"} or {"source"}';
  if (!isJsonObject(value)) return form;
  const names = Object.keys(value).sort().join();
  const { realm, subject, source } = value;
  if (names === 'source') return isName(source) ? { realm: sourceRealm, subject: source } : '"source" is text';
  if (names !== 'realm,subject') return form;
  if (!isKebabName(realm)) return '"realm" is a name such as "customer"';
  if (realm === sourceRealm) return `installations are {"source"}, without the realm "${sourceRealm}"`;
  return isName(subject) ? { realm, subject } : '"subject" is text; numbers are written as text, too';
}

/** Whatever a schema lets stand for a person: as long as its event, control characters included. */
function isName(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value !== '';
}
