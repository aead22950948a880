import { isJsonObject, type JsonValue } from '../../../shared/event/json.ts';

const lineWidth = 120;

/** JSON as the formatter of this repository leaves it: objects on several lines, short lists of scalars on one. */
export function jsonFileText(value: JsonValue): string {
  return `${formatValue(value, 0, 0)}\n`;
}

/** `used`: what already stands on the line. */
function formatValue(value: JsonValue, indent: number, used: number): string {
  const [pad, inner] = [' '.repeat(indent), ' '.repeat(indent + 2)];
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    const scalars = value.every((item) => typeof item !== 'object' || item === null);
    const oneLine = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    // A comma may follow.
    if (scalars && used + oneLine.length < lineWidth) return oneLine;
    return `[\n${value.map((item) => inner + formatValue(item, indent + 2, indent + 2)).join(',\n')}\n${pad}]`;
  }
  if (!isJsonObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value);
  if (entries.length === 0) return '{}';
  const lines = entries.map(([name, entry]) => {
    const key = `${inner}${JSON.stringify(name)}: `;
    return key + formatValue(entry, indent + 2, key.length);
  });
  return `{\n${lines.join(',\n')}\n${pad}}`;
}
