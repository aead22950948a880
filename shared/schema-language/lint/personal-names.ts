import { eitherAddress } from '../../event-types/treatment.ts';
import { type Kind, wordsByLanguage } from './personal-words.ts';

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

const why: Readonly<Record<Kind, string>> = {
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
};

/** Words that say it alone, wherever they stand in a name. */
const telling: ReadonlyMap<string, Kind> = new Map(Object.values(wordsByLanguage).flatMap(wordKinds));

/** Several words in a row. */
const phrases: readonly (readonly [string, Kind])[] = [
  ['e mail', 'contact'],
  ['user agent', 'device'],
  ['device id', 'device'],
  ['advertising id', 'device'],
  ['android id', 'device'],
  ['vendor id', 'device'],
  ['install id', 'device'],
  ['installation id', 'device'],
  ['serial number', 'device'],
  ['session id', 'device'],
  ['client id', 'device'],
  ['anonymous id', 'device'],
  ['postal code', 'address'],
  ['post code', 'address'],
  ['zip code', 'address'],
  ['house number', 'address'],
  ['card number', 'number'],
  ['card digits', 'number'],
  ['last four', 'number'],
  ['last digits', 'number'],
  ['tax id', 'number'],
  ['national id', 'number'],
  ['social security', 'number'],
  ['credit card', 'number'],
  ['account number', 'number'],
  ['license plate', 'number'],
  ['api key', 'secret'],
  ['private key', 'secret'],
  ['access key', 'secret'],
  ['search term', 'text'],
  ['search query', 'text'],
  ['search text', 'text'],
  ['free text', 'text'],
];

const people =
  'user customer account member person people visitor listener viewer player subscriber employee patient driver rider passenger guest host contact friend follower sender recipient author owner creator committer reviewer assignee pusher approver actor profile buyer seller payer payee';
/** `user_id`, `author_name`; and the bare word, where it holds a value itself. */
const peopleWords: ReadonlySet<string> = new Set(people.split(' '));
const personParts: ReadonlySet<string> = new Set('id ids uid uuid guid key handle alias ref number'.split(' '));

/** Text of these names is what somebody typed; `comment_id` and `message_type` are not. */
const typedWords: ReadonlySet<string> = new Set(
  'comment note notes message query remark remarks feedback body caption text'.split(' '),
);
/** `mobile` and `contact_tel`; `mobile_app` is none. */
const lastWords: ReadonlyMap<string, Kind> = new Map([
  ['tel', 'contact'],
  ['mobile', 'contact'],
  ['handle', 'account'],
]);
/** `error_message` and `button_text` are ours. */
const ourWords: ReadonlySet<string> = new Set(
  'error log status system warning help alt default placeholder'.split(' '),
);

/** What is said of these is a name of a thing: `file_name`, `host_name`, `event_name`. */
const things: ReadonlySet<string> = new Set(
  (
    'file folder directory path host domain server cluster node pod container image event type class method function module package ' +
    'app application program process service product item sku plan table column field property attribute schema database bucket topic queue ' +
    'stream job task step stage pipeline workflow action experiment variant feature flag metric counter tag label category group team role ' +
    'track album artist song genre playlist book game level page screen view button menu form widget component element template theme ' +
    'font icon color model brand maker manufacturer os platform browser engine sdk library framework language country region city currency ' +
    'campaign channel source medium network carrier store shop branch environment version release build repo repository project branch unit runner'
  ).split(' '),
);

/** `email_count` and `phone_verified` say something about it, not what it is. */
const aboutWords: ReadonlySet<string> = new Set(
  'count counts total verified confirmed enabled disabled allowed required valid present missing length size type types kind status state format version provider visible changed supported expired policy'.split(
    ' ',
  ),
);

/** Why a property of this name looks personal, for a person to read; undefined when it does not. */
export function personalReason(name: string): string | undefined {
  const words = wordsOf(name);
  const last = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  if (aboutWords.has(last) || /^(has|is|can)$/.test(words[0] ?? '')) return undefined;
  const text = ` ${words.join(' ')} `;
  for (const [phrase, kind] of phrases) if (text.includes(` ${phrase} `)) return why[kind];
  for (const word of words) {
    const kind = telling.get(word);
    if (kind !== undefined) return why[kind];
  }
  const kindOfLast = lastWords.get(last);
  if (kindOfLast !== undefined) return why[kindOfLast];
  if (typedWords.has(last)) return things.has(before) || ourWords.has(before) ? undefined : why.text;
  if (last === 'name' || last === 'names') return things.has(before) ? undefined : why.name;
  if (peopleWords.has(last) && !things.has(before)) return why.account;
  if (personParts.has(last) && peopleWords.has(before)) return why.account;
  if (last === 'age' && (words.length === 1 || peopleWords.has(before))) return why.birth;
  return undefined;
}

/** Formats whose values are personal whatever the property is called. */
export const personalFormats: ReadonlyMap<string, string> = new Map([
  ['email', why.contact],
  ['idn-email', why.contact],
  ['ipv4', why.device],
  ['ipv6', why.device],
  [eitherAddress, why.device],
]);

function wordKinds(lists: Partial<Record<Kind, string>>): (readonly [string, Kind])[] {
  return Object.entries(lists).flatMap(([kind, words]) =>
    isKind(kind) ? words.split(' ').map((word) => [word, kind] as const) : [],
  );
}

function isKind(text: string): text is Kind {
  return Object.hasOwn(why, text);
}
