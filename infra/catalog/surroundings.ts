import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asObject, isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../shared/event/json.ts';
import { readSdkBindings, type SdkBinding } from '../../shared/sdks/sdk-bindings.ts';
import { readVerifiedRealms } from '../../shared/sdks/verified-realms.ts';
import { type CatalogMapping, catalogMapping } from './legacy-mapping.ts';

/** Who may send, as the pages tell it: never a key. */
export interface CatalogBinding extends SdkBinding {
  readonly description?: string;
  readonly namespaceDescription?: string;
}

/** A realm of data subjects that `sdks.json` says something of. */
interface CatalogRealm {
  readonly name: string;
  readonly description?: string;
  /** Only who proves to speak for its people may name them. Keys are not told, only who holds them. */
  readonly verified?: { readonly issuer: string; readonly audience: string };
}

/** What is around event types: who sends them, of whom, and who answers for them. */
export interface Surroundings {
  /** By name, sorted. */
  readonly bindings: ReadonlyMap<string, CatalogBinding>;
  readonly realms: ReadonlyMap<string, CatalogRealm>;
  /** Mappings of legacy files, by name. */
  readonly mappings: readonly CatalogMapping[];
  /** How to reach an owner, by owner: a link (https or mailto), or words. */
  readonly contacts: ReadonlyMap<string, string>;
}

/** Owners' contacts: `{"<owner>": "<how to reach it>"}`. */
const ownersFile = 'owners.json';

/**
 * What a schema folder says around its types; `sdks` is what a registry has active, in the place of the folder's own.
 * What is missing or cannot be read is left out, which the check of the schemas tells.
 */
export async function readSurroundings(folder: string, sdks?: JsonObject): Promise<Surroundings> {
  const document = sdks ?? asObject(await readJson(join(folder, 'sdks.json')));
  return {
    bindings: bindingsOf(document),
    realms: realmsOf(document),
    mappings: await readMappings(join(folder, 'legacy')),
    contacts: contactsOf(await readJson(join(folder, ownersFile))),
  };
}

function bindingsOf(document: JsonObject): ReadonlyMap<string, CatalogBinding> {
  const [told, namespaces] = [asObject(document['sdks']), asObject(document['namespaces'])];
  const bindings = [...readSdkBindings(document).bindings.values()].map((binding): [string, CatalogBinding] => {
    const description = textOf(told[binding.name], 'description');
    const namespaceDescription = textOf(namespaces[binding.namespace.name], 'description');
    return [
      binding.name,
      {
        ...binding,
        ...(description === undefined ? {} : { description }),
        ...(namespaceDescription === undefined ? {} : { namespaceDescription }),
      },
    ];
  });
  return new Map(bindings.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function realmsOf(document: JsonObject): ReadonlyMap<string, CatalogRealm> {
  const { realms: verified } = readVerifiedRealms(document);
  const declared = asObject(document['realms']);
  const realms = Object.keys(declared).map((name): [string, CatalogRealm] => {
    const [description, proof] = [textOf(declared[name], 'description'), verified.get(name)];
    return [
      name,
      {
        name,
        ...(description === undefined ? {} : { description }),
        ...(proof === undefined ? {} : { verified: { issuer: proof.issuer, audience: proof.audience } }),
      },
    ];
  });
  return new Map(realms);
}

function textOf(value: JsonValue | undefined, name: string): string | undefined {
  const text = isJsonObject(value) ? value[name] : undefined;
  return typeof text === 'string' && text !== '' ? text : undefined;
}

async function readMappings(folder: string): Promise<CatalogMapping[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const mappings = names
    .flatMap((file) => /^([a-z0-9-]+)\.json$/.exec(file)?.[1] ?? [])
    .sort()
    .map(async (name) => {
      const document = await readJson(join(folder, `${name}.json`));
      return isJsonObject(document) ? catalogMapping(name, document) : [];
    });
  return (await Promise.all(mappings)).flat();
}

function contactsOf(document: JsonValue | undefined): ReadonlyMap<string, string> {
  const entries = Object.entries(asObject(document)).filter((entry): entry is [string, string] => {
    const [name, contact] = entry;
    return !name.startsWith('$') && typeof contact === 'string' && contact !== '';
  });
  return new Map(entries);
}

async function readJson(path: string): Promise<JsonValue | undefined> {
  try {
    return parseJson(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}
