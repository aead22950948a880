import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import { addSupportedFormats } from '../../shared/event-types/formats.ts';
import { compileValidator } from '../../shared/event-types/validator.ts';
import { readSchemaFolder } from '../../shared/schema-language/schema-folder.ts';

/*
 * The validators that ingest compiles beside those of plain ajv, in one run and in turns, so that the load of the machine
 * is the same for both: npm run bench -- validators
 *
 * Each is asked about the accepted examples of its type. What counts is the last column: ingest's time by ajv's.
 */

const rounds = 15;
const asks = 4_000;

type Ask = (data: JsonObject) => boolean;

/** Plain ajv: the same formats, none of our own keywords for what it decides otherwise than the specification. */
function plainAjv(schema: JsonObject): Ask {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, logger: false });
  addSupportedFormats(ajv);
  const { $schema: _, ...document } = schema;
  const validate = ajv.compile(document);
  return (data) => validate(data);
}

function nanosOf(ask: Ask, examples: readonly JsonObject[]): number {
  const began = process.hrtime.bigint();
  let accepted = 0;
  for (let at = 0; at < asks; at++) if (ask(examples[at % examples.length] ?? {})) accepted++;
  const nanos = Number(process.hrtime.bigint() - began) / asks;
  if (accepted !== asks) throw new Error('an example that should be accepted was refused');
  return nanos;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function passingExamples(folder: string, type: string): Promise<JsonObject[]> {
  const [domain = '', event = ''] = type.split(/\.(.*)/s);
  const names = await readdir(join(folder, domain));
  const files = names.filter((name) => name.startsWith(`${event}.`) && name.endsWith('.pass.json'));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, domain, name), 'utf8')));
  return texts.map((text): JsonValue => JSON.parse(text)).filter(isJsonObject);
}

const folder = resolve(import.meta.dirname, '../../schemas');
const { schemas } = await readSchemaFolder(folder);
const ratios: number[] = [];
process.stdout.write(`${'type'.padEnd(30)} ${'ingest ns'.padStart(10)} ${'ajv ns'.padStart(10)} ratio\n`);
for (const { edi, schema } of schemas) {
  const examples = await passingExamples(folder, edi.type);
  const own = compileValidator(schema);
  const [ingest, plain]: [Ask, Ask] = [(data) => own(data) === undefined, plainAjv(schema)];
  const times: [number, number][] = [];
  for (let round = 0; round < rounds; round++) times.push([nanosOf(ingest, examples), nanosOf(plain, examples)]);
  const [a, b] = [median(times.map(([time]) => time)), median(times.map(([, time]) => time))];
  const ratio = median(times.map(([first, second]) => first / second));
  ratios.push(ratio);
  process.stdout.write(
    `${edi.type.padEnd(30)} ${a.toFixed(0).padStart(10)} ${b.toFixed(0).padStart(10)} ${ratio.toFixed(2)}\n`,
  );
}
process.stdout.write(`median ratio ${median(ratios).toFixed(2)} over ${ratios.length} types\n`);
