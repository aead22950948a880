import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'cdktf';
import { resourcesOf } from '../../infra/checks/resource-check.ts';
import { dev } from '../../infra/environments/dev.ts';
import type { Environment } from '../../infra/environments/environment.ts';
import { prod } from '../../infra/environments/prod.ts';
import { type House, ours } from '../../infra/house.ts';
import { declareEnvironment } from '../../infra/stacks/app.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import { type ColumnsLock, lockOf } from '../../shared/schema-language/columns-lock.ts';
import { testSdks } from './schemas.ts';

export const environments = { dev, prod };

/** A resource of a synthesised stack. */
export interface Resource {
  readonly stack: string;
  readonly type: string;
  readonly address: string;
  readonly config: JsonObject;
}

export interface SynthOptions {
  readonly environment?: Environment;
  readonly schemas?: readonly EventSchema[];
  readonly lock?: ColumnsLock;
  readonly house?: House;
}

const noSchemas: readonly EventSchema[] = [];
const synthesised = new WeakMap<Environment, WeakMap<readonly EventSchema[], ReadonlyMap<string, JsonObject>>>();

/**
 * The Terraform JSON of an environment's stacks, by stack. The functions' archives are empty stand-ins. Of the same
 * environment and schemas, and no more options, it is made once in a process; nobody may change it.
 */
export function synthesise(options: SynthOptions = {}): ReadonlyMap<string, JsonObject> {
  const { environment = prod, schemas = noSchemas, lock, house } = options;
  if (lock !== undefined || house !== undefined) return synthesiseAnew(options);
  const ofEnvironment = synthesised.get(environment) ?? new WeakMap();
  synthesised.set(environment, ofEnvironment);
  const stacks = ofEnvironment.get(schemas) ?? synthesiseAnew(options);
  ofEnvironment.set(schemas, stacks);
  return stacks;
}

function synthesiseAnew(options: SynthOptions): ReadonlyMap<string, JsonObject> {
  const { environment = prod, schemas = noSchemas, lock = lockOf(schemas), house = ours } = options;
  const folder = mkdtempSync(join(tmpdir(), 'edi-infra-'));
  try {
    return withoutStackTraces(() => synthesiseIn(folder, { environment, schemas, lock, house }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * cdktf keeps the stack trace of every value, for messages that no test reads, and Vitest maps each of them back to the
 * sources: three quarters of a synthesis. Errors have theirs all the same.
 */
function withoutStackTraces<Result>(run: () => Result): Result {
  const { captureStackTrace } = Error;
  Error.captureStackTrace = () => undefined;
  try {
    return run();
  } finally {
    Error.captureStackTrace = captureStackTrace;
  }
}

function synthesiseIn(folder: string, input: Required<SynthOptions>): ReadonlyMap<string, JsonObject> {
  const archives = new Map(
    input.house.functions.map(({ name }) => {
      const path = join(folder, `${name}.zip`);
      writeFileSync(path, name);
      return [name, { path, sha256: createHash('sha256').update(name).digest('hex') }];
    }),
  );
  const app = new App({ outdir: join(folder, 'out') });
  const stacks = declareEnvironment(app, { ...input, sdks: testSdks, archives });
  return new Map(stacks.map((stack) => [stack.node.id, asJson(stack.toTerraform())]));
}

function asJson(content: unknown): JsonObject {
  const value: JsonValue = JSON.parse(JSON.stringify(content));
  if (!isJsonObject(value)) throw new Error('a stack is a JSON object');
  return value;
}

/** Every resource of the stacks. */
export function resourcesIn(stacks: ReadonlyMap<string, JsonObject>): Resource[] {
  return [...stacks].flatMap(([stack, content]) => resourcesOf(content).map((resource) => ({ stack, ...resource })));
}

/** A value inside a resource: object keys and array indexes, dotted. */
export function at(resource: Resource | undefined, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = resource?.config;
  for (const key of path.split('.')) {
    if (Array.isArray(value)) value = value[Number(key)];
    else value = isJsonObject(value) ? value[key] : undefined;
  }
  return value;
}
