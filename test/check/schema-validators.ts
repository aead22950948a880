import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { isJsonObject, type JsonValue, parseJson } from '../../shared/event/json.ts';
import { anyDependingSchema, anyValue } from '../helpers/schema-pairs.ts';
import {
  explanationOf,
  ingestVerdicts,
  officialCases,
  type ValidationCase,
  type Verdict,
} from '../helpers/schema-validators.ts';

// Holds ingest's validator against three others (Python's jsonschema, jsonschema-rs and jschon), over the official suite
// and generated pairs. Formats are left out: the others take them for annotations.

const python = process.env['EDI_PYTHON'] ?? 'python3';
const schemaCount = Number(process.env['EDI_PROPERTY_SCHEMAS'] ?? 2_000);
const peerNames = ['jschon', 'jsonschema', 'jsonschema-rs'];
const maxShown = 20;
const maxOutputBytes = 1_000_000_000;

interface Batch {
  readonly schema: JsonValue;
  readonly cases: readonly ValidationCase[];
}

function withoutFormats(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return schema.map(withoutFormats);
  if (!isJsonObject(schema)) return schema;
  const entries = Object.entries(schema).filter(([name, value]) => name !== 'format' || typeof value !== 'string');
  return Object.fromEntries(entries.map(([name, value]) => [name, withoutFormats(value)]));
}

function officialBatches(): Batch[] {
  const cases = officialCases().filter(({ file }) => !file.startsWith('optional/format') && file !== 'format.json');
  return [...Map.groupBy(cases, ({ schema }) => schema)].map(([schema, group]) => ({ schema, cases: group }));
}

function generatedBatches(): Batch[] {
  const seed = Number(process.env['EDI_SEED'] ?? 1);
  const drawn = fc.sample(fc.tuple(anyDependingSchema, fc.array(anyValue, { minLength: 10, maxLength: 10 })), {
    numRuns: schemaCount,
    seed,
  });
  return drawn.map(([generated, values]) => {
    const schema = withoutFormats(generated);
    const verdict = ingestVerdicts(schema);
    const cases = values.map((value): ValidationCase => {
      const where = { file: 'generated', group: JSON.stringify(schema), test: JSON.stringify(value) };
      return { ...where, schema, value, valid: verdict(value) === true };
    });
    return { schema, cases };
  });
}

/** Why a peer's other answer is its own: the official suite says as we do, or one of two rules of generated cases. */
function isPeersOwn(peer: string, { file, schema, value, valid }: ValidationCase, ours: Verdict): boolean {
  if (file !== 'generated') return ours === valid;
  const text = JSON.stringify(schema);
  // An integer is within 2^53 at ingest.
  if (/"integer"/.test(text) && /9007199254740992|1e\+21/.test(JSON.stringify(value))) return true;
  // They divide binary fractions.
  return peer !== 'jschon' && /"multipleOf":0\./.test(text);
}

const batches = [...officialBatches(), ...generatedBatches()];
const input = batches
  .map(({ schema, cases }) => JSON.stringify({ schema, values: cases.map(({ value }) => value) }))
  .join('\n');
const run = spawnSync(python, [join(import.meta.dirname, 'schema_validators.py')], {
  input,
  encoding: 'utf8',
  maxBuffer: maxOutputBytes,
});
const [first = '', ...lines] = (run.stdout ?? '').split('\n');
const available = parseJson(first);
const missing = peerNames.filter((name) => !Array.isArray(available) || !available.includes(name));
if (missing.length > 0) {
  process.stderr.write(
    `Not checked: ${python} has no ${missing.join(', ')}. Make an environment with "python3 -m venv DIR" and ` +
      `"DIR/bin/pip install ${peerNames.join(' ')}", and set EDI_PYTHON=DIR/bin/python.\n`,
  );
  process.exit(3);
}
const counts = new Map<string, number>();
const unexplained: string[] = [];
for (const [at, { schema, cases }] of batches.entries()) {
  const answers = parseJson(lines[at] ?? '');
  const verdict = ingestVerdicts(schema);
  for (const peer of peerNames) {
    const said = isJsonObject(answers) ? answers[peer] : undefined;
    for (const [index, one] of cases.entries()) {
      const theirs = Array.isArray(said) ? said[index] : undefined;
      const ours = verdict(one.value);
      const same = theirs === ours;
      const known = same || explanationOf('ingest', one) || isPeersOwn(peer, one, ours);
      const key = `${peer}: ${same ? 'same' : known ? 'explained' : 'unexplained'}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (!known)
        unexplained.push(`${peer} ${String(theirs)}, ingest ${String(ours)}: ${one.file}: ${one.group}: ${one.test}`);
    }
  }
}
process.stdout.write(`${JSON.stringify(Object.fromEntries([...counts].sort()))}\n`);
for (const line of unexplained.slice(0, maxShown)) process.stdout.write(`${line}\n`);
process.exitCode = unexplained.length > 0 ? 1 : 0;
