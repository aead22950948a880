import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/event/json.ts';
import { keywords } from '../../../shared/event-types/keywords.ts';
import { compileValidator, type Validator } from '../../../shared/event-types/validator.ts';
import { typeScriptModule } from '../../../shared/schema-language/code/typescript.ts';
import { makeScratchFolder, projectFolder } from '../../helpers/local-process.ts';
import { drawEvent, drawFrom } from '../../helpers/payload-events.ts';
import { payloadSchema } from '../../helpers/payload-schemas.ts';
import { propertySeed } from '../../helpers/property-seed.ts';
import { eventSchema } from '../../helpers/schemas.ts';

/** Schemas that are tried: 4,000 before a release (EDI_PROPERTY_TYPES=4000), fewer in every run. */
const schemaCount = Number(process.env['EDI_PROPERTY_TYPES'] ?? 200);
const samplesOfSchema = 12;

const told = new Set([...keywords].filter(([, { types }]) => types === 'tells').map(([name]) => name));

/** The schema without what types do not tell: whatever this refuses, a type can refuse. */
function tellable(schema: JsonValue): JsonValue {
  if (!isJsonObject(schema)) return schema;
  const { edi: _, description: _d, oneOf, anyOf = oneOf, ...rest } = withOneIndex(schema);
  const node: JsonObject = { ...rest, ...(anyOf === undefined ? {} : { anyOf }) };
  return Object.fromEntries(
    Object.entries(node).flatMap(([keyword, value]): [string, JsonValue][] => {
      if (!told.has(keyword) && keyword !== '$defs') return [];
      if (keyword === 'type') return [[keyword, numbersAlike(value)]];
      const { holds } = keywords.get(keyword) ?? { holds: '-' };
      if (holds === 'schema') return [[keyword, tellable(value)]];
      if (holds === 'list' && Array.isArray(value)) return [[keyword, value.map(tellable)]];
      if (holds !== 'map' || !isJsonObject(value)) return [[keyword, value]];
      return [[keyword, Object.fromEntries(Object.entries(value).map(([name, part]) => [name, tellable(part)]))]];
    }),
  );
}

/** TypeScript has one type for all names that are not declared, which takes what declared ones take too. */
function withOneIndex({ patternProperties, unevaluatedProperties, ...schema }: JsonObject): JsonObject {
  const { additionalProperties: others, ...node } = schema;
  const patterns = Object.values(isJsonObject(patternProperties) ? patternProperties : {});
  const declared = Object.values(isJsonObject(node['properties']) ? node['properties'] : {});
  const isClosed = patterns.length === 0 && others === false;
  const index: JsonValue =
    others === undefined || others === true || isClosed
      ? (others ?? true)
      : { anyOf: [...patterns, others, ...declared] };
  const closes = unevaluatedProperties === false && patterns.length === 0 && others === undefined;
  return { ...node, ...(closes ? { unevaluatedProperties } : { additionalProperties: index }) };
}

function numbersAlike(type: JsonValue): JsonValue {
  const alike = (name: JsonValue) => (name === 'integer' ? 'number' : name);
  return Array.isArray(type) ? [...new Set(type.map(alike))] : alike(type);
}

function compiled(document: JsonObject): Validator | undefined {
  try {
    return compileValidator(document);
  } catch {
    return undefined;
  }
}

interface Sample {
  readonly type: string;
  readonly text: string;
  readonly fits: boolean;
}

const scratch = makeScratchFolder();
afterAll(() => scratch.remove());

/** What the compiler says, line by line; the text of a module for each file name. */
function compile(files: Readonly<Record<string, string>>): string[] {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(scratch.path, name), text);
  const compilerOptions = {
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    allowImportingTsExtensions: true,
    module: 'nodenext',
    types: [],
  };
  writeFileSync(join(scratch.path, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  writeFileSync(join(scratch.path, 'package.json'), '{"type":"module"}');
  const tsc = resolve(projectFolder, 'node_modules', '.bin', 'tsc');
  const { stdout } = spawnSync(tsc, ['--project', scratch.path, '--pretty', 'false'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return stdout.split('\n').filter((line) => line !== '');
}

test(`${schemaCount} schemas: their types compile, take what fits and refuse what types can tell`, {
  timeout: 7_200_000,
}, () => {
  const samples: Sample[] = [];
  const schemas = fc.sample(fc.tuple(payloadSchema, fc.integer()), {
    numRuns: schemaCount,
    seed: propertySeed,
  });
  // Every object of TypeScript has these: the literal of one that has its own is judged by what it would inherit.
  const plain = schemas.filter(([{ $defs: _, ...own }]) => !/"(constructor|toString)"/.test(JSON.stringify(own)));
  const documents = plain.flatMap(([drawn, seed], number): JsonObject[] => {
    const type = `lab.t${number}.v1`;
    const document = { ...drawn, edi: { ...(isJsonObject(drawn['edi']) ? drawn['edi'] : {}), type } };
    const loose = tellable(document);
    const [validate, validateLoose] = [compiled(document), isJsonObject(loose) ? compiled(loose) : undefined];
    if (validate === undefined || validateLoose === undefined) return [];
    const draw = drawFrom(seed);
    for (let count = 0; count < samplesOfSchema; count++) {
      const data = drawEvent(document, draw);
      const text = JSON.stringify(data);
      if (/"(constructor|toString)":/.test(text)) continue;
      const fits = validate(data) === undefined;
      // In between: refused for a reason that no type tells.
      if (fits || validateLoose(data) !== undefined) samples.push({ type, text, fits });
    }
    return [document];
  });
  const lines = samples.map(({ type, text }) => `track('${type}', ${text});`);
  const head = "import type { Track } from './events.ts'; declare const track: Track;";
  const output = compile({
    'events.ts': typeScriptModule(documents.map(eventSchema)),
    'samples.ts': [head, ...lines].join('\n'),
  });
  const refused = new Map<number, string>();
  const others: string[] = [];
  for (const line of output) {
    const match = /samples\.ts\((\d+),/.exec(line);
    if (match === null) others.push(line);
    else refused.set(Number(match[1]) - 2, line);
  }
  const wrongly = samples.flatMap(({ fits, text, type }, at) =>
    fits && refused.has(at) ? [`${type} ${text} ${refused.get(at)}`] : [],
  );
  const missed = samples.flatMap(({ fits, text, type }, at) => (fits || refused.has(at) ? [] : [`${type} ${text}`]));
  const bad = samples.filter(({ fits }) => !fits).length;
  process.stdout.write(
    `${JSON.stringify({ seed: propertySeed, schemas: documents.length, samples: samples.length, refusable: bad, missed: missed.length, wrongly: wrongly.length })}\n`,
  );
  if (process.env['EDI_TYPES_DEBUG']) {
    const byType = new Map(documents.map((document) => [(document['edi'] as JsonObject)['type'], document]));
    for (const line of [
      ...wrongly.slice(0, 6),
      '--- missed',
      ...missed.slice(0, 12),
      '--- others',
      ...others.slice(0, 10),
    ]) {
      const { edi: _, $schema: _s, $defs: _d, ...rest } = byType.get(line.split(' ')[0] ?? '') ?? {};
      process.stdout.write(`${line}\n   ${JSON.stringify(rest)}\n`);
    }
  }
  expect(others.filter((line) => line.includes('events.ts'))).toEqual([]);
  expect(wrongly).toEqual([]);
  expect(missed).toEqual([]);
});
