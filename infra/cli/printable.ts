/** Text of somebody else, such as a name in a schema or a cell of a file: it must not move a terminal's cursor. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}
