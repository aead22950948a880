import { eitherAddress } from '../../event-types/treatment.ts';
import lists from './personal-words.json' with { type: 'json' };

/**
 * `userName`, `user-name`, `USER_NAME2` -> user, name: the words of a property's name, in lower case and without marks, as
 * `prénom` and `prenom` are one.
 */
export function wordsOf(name: string): string[] {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/ß/g, 'ss')
    .replace(/ø/gi, 'o')
    .replace(/ł/gi, 'l')
    .replace(/last[_\W]4(?!\d)/gi, 'last4')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .map((word) => (/^(ipv[46]|e164|wgs84|oauth2|last4)$/.test(word) ? word : word.replace(/\d+$/, '')))
    .filter((word) => word !== '');
}

/** Of what is personal, and why. */
const why = {
  contact: 'how somebody can be reached',
  name: "somebody's name",
  birth: 'when somebody was born',
  trait: 'something protected about a person',
  number: 'a number by which a person is known',
  secret: 'a secret or what grants access',
  place: 'where somebody is',
  address: 'a postal address',
  device: 'a device, and so whoever carries it',
  account: "somebody's account",
  text: 'what somebody typed',
  link: 'an address that can hold who somebody is, or what they looked for',
} as const;

/** Why a word is personal, of lists by kind. */
function reasons(byKind: Readonly<Record<string, readonly string[]>>): (readonly [string, string])[] {
  return Object.entries(byKind).flatMap(([kind, words]) => {
    if (!isKind(kind)) throw new Error(`personal-words.json has no kind "${kind}"`);
    return words.map((word) => [word, why[kind]] as const);
  });
}

function isKind(text: string): text is keyof typeof why {
  return Object.hasOwn(why, text);
}

/**
 * Words that say it alone, wherever they stand in a name, by language (ISO 639-1). Left out is what means something harmless
 * in another language that names are written in (French `client`, Italian `cap`). Of a word that two languages have the
 * later counts, so English is the last.
 */
const telling: ReadonlyMap<string, string> = new Map(Object.values(lists.telling).flatMap(reasons));
/** Several words in a row. */
const phrases = reasons(lists.phrases);
/** `mobile` and `contact_tel`; `mobile_app` is none. */
const lastWords: ReadonlyMap<string, string> = new Map(reasons(lists.last));
/** `user_id`, `author_name`; and the bare word, where it holds a value itself. */
const peopleWords: ReadonlySet<string> = new Set(lists.people);
const personParts: ReadonlySet<string> = new Set(lists.personParts);
/** Text of these names is what somebody typed; `comment_id` and `message_type` are not. */
const typedWords: ReadonlySet<string> = new Set(lists.typed);
/** `error_message` and `button_text` are ours. */
const ourWords: ReadonlySet<string> = new Set(lists.ours);
/** What is said of these is a name of a thing: `file_name`, `host_name`, `event_name`. */
const things: ReadonlySet<string> = new Set(lists.things);
/** `email_count` and `phone_verified` say something about it, not what it is. */
const aboutWords: ReadonlySet<string> = new Set(lists.about);

/** Why a property of this name looks personal, for a person to read; undefined when it does not. */
export function personalReason(name: string): string | undefined {
  const words = wordsOf(name);
  const last = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  if (aboutWords.has(last) || /^(has|is|can)$/.test(words[0] ?? '')) return undefined;
  const told = tellingReason(words) ?? tellingReason([...words.slice(0, -1), singular(last)]);
  if (told !== undefined) return told;
  const reasonOfLast = lastWords.get(last) ?? lastWords.get(singular(last));
  if (reasonOfLast !== undefined) return reasonOfLast;
  if (typedWords.has(last)) return things.has(before) || ourWords.has(before) ? undefined : why.text;
  if (last === 'name' || last === 'names') return things.has(before) ? undefined : why.name;
  if (peopleWords.has(last) && !things.has(before)) return why.account;
  if (personParts.has(last) && peopleWords.has(before)) return why.account;
  if (last === 'age' && (words.length === 1 || peopleWords.has(before))) return why.birth;
  return undefined;
}

function tellingReason(words: readonly string[]): string | undefined {
  const text = ` ${words.join(' ')} `;
  for (const [phrase, reason] of phrases) if (text.includes(` ${phrase} `)) return reason;
  for (const word of words) {
    const reason = telling.get(word);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** `birthdays`, `device_ids`, `nationalities`: a list is called by many. Short words are others' too (`pins`, `pans`). */
function singular(word: string): string {
  if (/[^aeiou]ies$/.test(word)) return `${word.slice(0, -3)}y`;
  return word === 'ids' || /^.{3,}[^s]s$/.test(word) ? word.slice(0, -1) : word;
}

/** Formats whose values are personal whatever the property is called. */
export const personalFormats: ReadonlyMap<string, string> = new Map([
  ['email', why.contact],
  ['idn-email', why.contact],
  ['ipv4', why.device],
  ['ipv6', why.device],
  [eitherAddress, why.device],
]);
