import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../shared/event/json.ts';
import { personalReason } from '../../../../shared/schema-language/lint/personal-names.ts';
import { readSchemaFolder } from '../../../../shared/schema-language/schema-folder.ts';

const root = join(import.meta.dirname, '../../../..');
const labels: { readonly personal: readonly string[]; readonly other: readonly string[] } = JSON.parse(
  readFileSync(join(root, 'test/data/personal-names/labels.json'), 'utf8'),
);
const isFound = (name: string) => personalReason(name) !== undefined;

/** Names of properties of the types of GitHub's webhooks that hold text or numbers which are not listed. */
function octokitNames(): string[] {
  const types = readFileSync(join(root, 'node_modules/@octokit/webhooks-types/schema.d.ts'), 'utf8');
  const properties = types.matchAll(/^\s+(?:"([^"]+)"|([A-Za-z_]\w*))\??:\s*([^;{]+);/gm);
  return [...properties].flatMap(([, quoted, bare, type = '']) =>
    /\b(string|number)\b/.test(type) ? [quoted ?? bare ?? ''] : [],
  );
}

const isFree = (schema: JsonValue | undefined) =>
  isJsonObject(schema) &&
  schema['enum'] === undefined &&
  [schema['type']].flat().some((type) => type === 'string' || type === 'integer' || type === 'number');

/** The same of a schema. */
function namesIn(value: JsonValue): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (!isJsonObject(value)) return [];
  const properties: JsonObject = isJsonObject(value['properties']) ? value['properties'] : {};
  const own = Object.entries(properties).flatMap(([name, schema]) => {
    const items = isJsonObject(schema) && [schema['type']].flat().includes('array') ? schema['items'] : undefined;
    return isFree(schema) || isFree(items) ? [name] : [];
  });
  return [...own, ...Object.values(value).flatMap(namesIn)];
}

describe('on the names of our schemas and of those of octokit', () => {
  test('each has a label', async () => {
    const { schemas } = await readSchemaFolder(join(root, 'schemas'));
    const names = new Set([...octokitNames(), ...schemas.flatMap(({ schema }) => namesIn(schema))]);
    expect(names.size).toBeGreaterThan(350);
    const labelled = new Set([...labels.personal, ...labels.other]);
    const message = 'a new property needs a label in test/data/personal-names/labels.json';
    expect(
      [...names].filter((name) => !labelled.has(name)),
      message,
    ).toEqual([]);
  });

  test('nine in ten personal names are found, and nine in ten that are found are personal', () => {
    const [found, wrong] = [labels.personal.filter(isFound), labels.other.filter(isFound)];
    const recall = found.length / labels.personal.length;
    const precision = found.length / (found.length + wrong.length);
    expect({ recall, precision, wrong }).toMatchObject({ wrong: ['secret_type_display_name'] });
    expect(Math.min(recall, precision)).toBeGreaterThan(0.9);
  });

  test('without addresses of pages, which are most of them: what is missed is known', () => {
    const names = labels.personal.filter((name) => !/url$/.test(name));
    const missed = names.filter((name) => !isFound(name));
    expect(missed).toEqual(
      'body_html commit_title description diff_hunk display_title from full_description gravatar_id merge_commit_title node_id payload readme squash_merge_commit_title summary title'.split(
        ' ',
      ),
    );
    expect(1 - missed.length / names.length).toBeGreaterThan(0.65);
  });
});

describe('what was missed once', () => {
  test.each(
    'comment order_comment note delivery_notes message chat_message query tel contact_tel mobile user_mobile url page_url referrer referer handle twitter_handle city billing_city card_last4 last4 last_four card_last_4 card_digits cardLastFour feedback'.split(
      ' ',
    ),
  )('%s is found', (name) => expect(isFound(name)).toBe(true));

  test.each(
    'comment_id comment_count message_type message_id error_message button_text query_count mobile_app client_version is_mobile has_note note_count capacity velocity url_count last_page last_order text_color body_type handler telemetry'.split(
      ' ',
    ),
  )('%s is not', (name) => expect(isFound(name)).toBe(false));
});

describe('a list is called by many', () => {
  test.each(
    'birthdays passports ibans nicknames passwords card_numbers tax_ids device_ids sessionIds nationalities salaries postcodes twitter_handles page_urls contraseñas'.split(
      ' ',
    ),
  )('%s is found', (name) => expect(isFound(name)).toBe(true));

  test.each('comments classes status pins pans ports orders pixels canvas series order_ids device_status'.split(' '))(
    '%s is not',
    (name) => expect(isFound(name)).toBe(false),
  );
});

describe('in other languages', () => {
  test.each([
    [
      'German',
      'vorname nachname geburtsdatum straße hausnummer PLZ wohnort telefonnummer kommentar passwort kundennummer Geschlecht',
    ],
    ['French', 'nom prénom adresse ville téléphone courriel date_naissance commentaire utilisateur mdp'],
    ['Spanish', 'nombre apellidos dirección ciudad teléfono correo contraseña fechaNacimiento mensaje usuario'],
    ['Italian', 'nome cognome indirizzo città telefono cellulare data_nascita sesso messaggio utente'],
    ['Portuguese', 'nome sobrenome endereço cidade telefone senha data_nascimento mensagem cpf'],
    ['Dutch', 'naam achternaam adres woonplaats telefoonnummer geboortedatum geslacht wachtwoord bericht'],
    ['Swedish', 'förnamn efternamn adress postnummer födelsedatum lösenord personnummer meddelande'],
    ['Danish and Norwegian', 'fornavn efternavn etternavn fødselsdato adgangskode passord bruger'],
    ['Polish', 'imię nazwisko adres ulica miasto hasło pesel komentarz'],
  ])('%s', (_, names) => {
    expect(names.split(' ').filter((name) => !isFound(name))).toEqual([]);
  });
});
