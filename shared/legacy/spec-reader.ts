import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { pointerSegment } from '../event/json-pointer.ts';
import type { SchemaProblem } from '../event/schema-problem.ts';

/** Reads one object of a mapping, and notes what is wrong with it and where. */
export class SpecReader {
  readonly spec: JsonObject;
  readonly pointer: string;
  readonly problems: SchemaProblem[];

  constructor(spec: JsonObject, pointer: string, problems: SchemaProblem[]) {
    this.spec = spec;
    this.pointer = pointer;
    this.problems = problems;
  }

  has(key: string): boolean {
    return this.spec[key] !== undefined;
  }

  problem(message: string, key?: string): void {
    this.problems.push({
      pointer: key === undefined ? this.pointer : `${this.pointer}/${pointerSegment(key)}`,
      message,
    });
  }

  text(key: string): string | undefined {
    const value = this.spec[key];
    if (value === undefined || typeof value === 'string') return value;
    this.problem('is a text', key);
    return undefined;
  }

  number(key: string): number | undefined {
    const value = this.spec[key];
    if (value === undefined || typeof value === 'number') return value;
    this.problem('is a number', key);
    return undefined;
  }

  choice<const Name extends string>(key: string, names: readonly Name[], otherwise: Name): Name {
    const value = this.spec[key];
    const name = names.find((one) => one === value);
    if (name === undefined && value !== undefined) this.problem(`is one of ${names.join(', ')}`, key);
    return name ?? otherwise;
  }

  texts(key: string): readonly string[] | undefined {
    const value = this.spec[key];
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
    this.problem('is a list of texts', key);
    return undefined;
  }

  list(key: string): readonly JsonValue[] {
    const value = this.spec[key] ?? [];
    if (Array.isArray(value)) return value;
    this.problem('is a list', key);
    return [];
  }

  object(key: string): SpecReader | undefined {
    const value = this.spec[key];
    return value === undefined ? undefined : this.asObject(value, key);
  }

  /** The value as an object below this one, empty where it is none. */
  asObject(value: JsonValue | undefined, key: string): SpecReader {
    if (!isJsonObject(value)) this.problem('is an object', key);
    return this.below(isJsonObject(value) ? value : {}, key);
  }

  below(spec: JsonObject, key: string): SpecReader {
    return new SpecReader(spec, `${this.pointer}/${pointerSegment(key)}`, this.problems);
  }

  /** Keys that mean nothing would be heeded by nobody. */
  onlyKeys(known: readonly string[]): void {
    for (const key of Object.keys(this.spec)) {
      if (!known.includes(key)) this.problem(`is no key here; there are ${known.join(', ')}`, key);
    }
  }
}
