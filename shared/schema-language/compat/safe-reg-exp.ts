const maxCached = 1_000;
const compiled = new Map<string, RegExp | undefined>();

/** A pattern as ECMA-262 has it, with flag `u` where it is one (validation section 6.3.3). Undefined for what is none. */
export function safeRegExp(pattern: string): RegExp | undefined {
  if (!compiled.has(pattern)) {
    if (compiled.size >= maxCached) compiled.clear();
    compiled.set(pattern, compile(pattern, 'u') ?? compile(pattern, ''));
  }
  return compiled.get(pattern);
}

function compile(pattern: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return undefined;
  }
}
