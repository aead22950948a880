/*
 * WebAssembly as far as the modules need it whose bytes are made here: instructions, and the binary format (Core Specification,
 * chapter 5).
 */

// What of WebAssembly is used here, which the library of TypeScript has for browsers alone.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
};

/** Bytes as a text, a character each: texts are joined in a hundredth of the time of arrays. */
export type Code = string;

export const bytes = (...values: readonly number[]): Code => String.fromCharCode(...values);

export const [i32, i64] = [0x7f, 0x7e];

export const get = (local: number): Code => bytes(0x20, local);
export const set = (local: number): Code => bytes(0x21, local);
export const tee = (local: number): Code => bytes(0x22, local);
export const int = (value: number): Code => bytes(0x41) + signedLeb(BigInt(value));
export const long = (value: bigint): Code => bytes(0x42) + signedLeb(BigInt.asIntN(64, value));
export const loadByte = (offset: number): Code => bytes(0x2d, 0) + leb(offset);
/** Of numbers of 32 bits. */
export const [addInt, subtractInt, lessInt] = [bytes(0x6a), bytes(0x6b), bytes(0x49)];
export const [beginLoop, end] = [bytes(0x03, 0x40), bytes(0x0b)];
export const againIf = (depth: number): Code => bytes(0x0d, depth);

/** The code for each of so many, one after the other. */
export const each = (count: number, codeOf: (at: number) => Code): Code =>
  Array.from({ length: count }, (_, at) => codeOf(at)).join('');

/** Of a whole number without a sign. */
export function leb(value: number): Code {
  return value < 0x80 ? bytes(value) : bytes((value & 0x7f) | 0x80) + leb(value >>> 7);
}

function signedLeb(value: bigint): Code {
  const low = Number(value & 0x7fn);
  const rest = value >> 7n;
  const isLast = (rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0);
  return isLast ? bytes(low) : bytes(low | 0x80) + signedLeb(rest);
}

interface ModuleCode {
  /** Numbers of 32 bits that each function takes; it answers nothing. */
  readonly parameters: number;
  /** How many of which type each function has beside its parameters. */
  readonly locals: readonly (readonly [count: number, type: number])[];
  /** Of 64 KiB, at the beginning. */
  readonly memoryPages: number;
  /** By name. */
  readonly functions: Readonly<Record<string, Code>>;
}

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): void;
}

type ModuleFunction = (...parameters: number[]) => void;

/** Instances share nothing. Making one takes some milliseconds. */
export function instantiate(code: ModuleCode): {
  readonly memory: Memory;
  readonly functionOf: (name: string) => ModuleFunction;
} {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes(code)));
  const { memory } = exports;
  if (!isMemory(memory)) throw new Error('the memory of the module is none');
  return {
    memory,
    functionOf(name) {
      const found = exports[name];
      if (!isFunction(found)) throw new Error(`the module exports no function ${name}`);
      return found;
    },
  };
}

function isMemory(value: unknown): value is Memory {
  return typeof value === 'object' && value !== null && 'buffer' in value && value.buffer instanceof ArrayBuffer;
}

function isFunction(value: unknown): value is ModuleFunction {
  return typeof value === 'function';
}

/** One memory and the functions, all exported. */
function moduleBytes({ parameters, locals, memoryPages, functions }: ModuleCode): Uint8Array {
  const [names, codes] = [Object.keys(functions), Object.values(functions)];
  const section = (id: number, content: Code): Code => bytes(id) + leb(content.length) + content;
  const exported = (name: string, kind: number, index: number): Code => leb(name.length) + name + bytes(kind, index);
  const ofLocals = bytes(locals.length, ...locals.flat());
  const body = (code: Code): Code => leb(ofLocals.length + code.length + end.length) + ofLocals + code + end;
  return Buffer.from(
    bytes(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0) +
      section(1, bytes(1, 0x60, parameters) + bytes(i32).repeat(parameters) + bytes(0)) +
      section(3, bytes(names.length) + bytes(0).repeat(names.length)) +
      section(5, bytes(1, 0, memoryPages)) +
      section(
        7,
        bytes(1 + names.length) + exported('memory', 2, 0) + names.map((name, at) => exported(name, 0, at)).join(''),
      ) +
      section(10, bytes(codes.length) + codes.map(body).join('')),
    'latin1',
  );
}
