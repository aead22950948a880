import { basename, join } from 'node:path';
import { isJsonObject } from '../../../shared/event/json.ts';
import { type LegacyMapping, readMapping } from '../../../shared/legacy/mapping.ts';
import { checkLegacyMetaSchema } from '../../../shared/schema-language/meta-schemas.ts';
import { readSchemaFolder } from '../../../shared/schema-language/schema-folder.ts';
import { readSdkBindings } from '../../../shared/sdks/sdk-bindings.ts';
import { CliError } from '../cli-error.ts';
import { openJsonFile } from '../schema/schema-files.ts';
import { checkExample } from './check-example.ts';
import type { CheckWorld, LegacyFinding, LegacyReport, LegacyRule } from './check-report.ts';
import { folderValidators } from './folder-validators.ts';
import { legacyFolder, listMappingFiles, type MappingFiles, mappingFile } from './mapping-files.ts';

/** Checks the mappings below a schema folder, or those that files are named of. */
export async function checkMappings(folder: string, only: readonly string[]): Promise<LegacyReport> {
  const files = await listMappingFiles(folder);
  const chosen = only.length === 0 ? files.mappings : only.map((file) => mappingOf(file, files));
  const read = await readSchemaFolder(folder);
  const world = {
    schemas: new Map(read.schemas.map((schema) => [schema.edi.type, schema])),
    validatorOf: folderValidators(read.schemas),
    bindings: readSdkBindings(read.sdks).bindings,
  };
  const findings: LegacyFinding[] = [];
  if (only.length === 0) {
    for (const file of files.others) {
      const message = 'the name says neither mapping nor example, so nobody reads this file';
      const fix = 'name it <name>.json, <name>.<case>.tsv or <name>.<case>.events.json, in kebab-case';
      findings.push({ ...nowhere(join(folder, legacyFolder, file), 'file-name', message), fix });
    }
  }
  for (const name of chosen) findings.push(...(await checkMapping(name, folder, { files, world })));
  return {
    ok: findings.every(({ severity }) => severity !== 'error'),
    mappings: chosen.length,
    examples: files.examples.filter(({ mapping }) => chosen.includes(mapping)).length,
    findings,
  };
}

function mappingOf(given: string, { mappings, examples }: MappingFiles): string {
  const name = basename(given, '.json');
  const example = examples.find(({ file }) => file === basename(given));
  if (mappings.includes(name)) return name;
  if (example !== undefined) return example.mapping;
  throw new CliError(`${given} is no mapping; there are ${mappings.join(', ') || 'none'}`);
}

async function checkMapping(
  name: string,
  folder: string,
  { files, world }: { readonly files: MappingFiles; readonly world: CheckWorld },
): Promise<LegacyFinding[]> {
  const path = mappingFile(folder, name);
  const opened = await openJsonFile(path);
  if ('findings' in opened) return opened.findings.map((finding) => ({ ...finding, rule: 'not-json' }));
  const { source } = opened;
  const { value } = source;
  if (!isJsonObject(value)) return [nowhere(path, 'not-json', 'a mapping is one JSON object')];
  const located = (finding: Omit<LegacyFinding, 'file' | 'line' | 'column'>): LegacyFinding => ({
    ...finding,
    file: path,
    ...source.placeOf(finding.pointer),
  });
  const shape = checkLegacyMetaSchema(value).map((finding) => located({ ...finding, rule: 'meta-schema' }));
  const read = readMapping(name, value);
  if (read.kind === 'bad') {
    const more = read.problems.filter(({ pointer }) => !shape.some((known) => known.pointer === pointer));
    return [...shape, ...more.map((problem) => located({ severity: 'error', rule: 'legacy-mapping', ...problem }))];
  }
  if (shape.length > 0) return shape;
  const own = judge(read.mapping, world).map(located);
  const examples = files.examples.filter(({ mapping }) => mapping === name);
  if (examples.length === 0) {
    const message = 'this mapping has no example of records';
    own.push({
      ...located({ severity: 'error', rule: 'example-missing', pointer: '', message, fix: `add ${name}.<case>.tsv` }),
    });
  }
  for (const { file } of examples) {
    own.push(...(await checkExample(join(folder, legacyFolder, file), read.mapping, world)));
  }
  return own;
}

type Judgement = Omit<LegacyFinding, 'file' | 'line' | 'column'>;

/** The mapping beside the types and bindings that it names. */
function judge(mapping: LegacyMapping, { schemas, bindings }: CheckWorld): Judgement[] {
  const { sdk } = mapping;
  const findings: Judgement[] = [];
  const tell = (severity: Judgement['severity'], rule: LegacyRule, message: string, fix: string) =>
    findings.push({ severity, rule, pointer: '/events', message, fix });
  const binding = bindings.get(sdk);
  if (binding === undefined) {
    tell('error', 'sdk-unknown', `sdks.json has no binding "${sdk}", under which its events are sent`, 'add it');
  }
  for (const type of mapping.types) {
    const schema = schemas.get(type);
    if (schema === undefined) {
      tell(
        'error',
        'type-unknown',
        `there is no schema of ${type}`,
        'its events would stay in quarantine, as of an unknown type',
      );
      continue;
    }
    const { stage, sdks } = schema.edi;
    if (stage === 'retired')
      tell('error', 'type-stage', `${type} is retired: no event of it is accepted`, 'map to another');
    if (stage === 'alpha') {
      tell(
        'warning',
        'type-stage',
        `${type} is in alpha: its events are in events.alpha until it is promoted`,
        'promote it first',
      );
    }
    if (!sdks.includes(sdk)) tell('error', 'type-sdk', `${type} does not list "${sdk}" among its sdks`, 'add it there');
    const isShared = sdks.some(
      (other) => other !== sdk && bindings.get(other)?.namespace.name === binding?.namespace.name,
    );
    if (mapping.typesWithId.includes(type) && binding !== undefined && !isShared) {
      const message = `an id of the new path is the same event only within one namespace, and no other SDK of ${type} shares "${binding.namespace.name}"`;
      tell('warning', 'identity-namespace', message, `name the namespace of that SDK in the binding "${sdk}"`);
    }
  }
  return findings;
}

function nowhere(file: string, rule: LegacyRule, message: string): LegacyFinding {
  return { severity: 'error', rule, file, pointer: '', line: 1, column: 1, message };
}
