import type { JsonObject } from '../event/json.ts';

const simple: Readonly<Record<string, JsonObject>> = {
  time: { type: 'time', format: 'unix-s' },
  bool: { type: 'boolean', true: ['T'], false: ['F'] },
  count: { type: 'integer' },
  int: { type: 'integer' },
  port: { type: 'integer' },
  double: { type: 'number' },
  interval: { type: 'number' },
};

/** What a type of a `#types` directive means, as a mapping would say it of a column (Zeek's log types); else a text. */
export function directiveSpec(type: string): JsonObject {
  const inner = /^(?:set|vector|table|list)\[(.*)\]$/.exec(type)?.[1];
  if (inner !== undefined) return { type: 'array', items: { ...(simple[inner] ?? {}) } };
  return { ...(simple[type] ?? {}) };
}
