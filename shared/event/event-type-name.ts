const grammar = /^([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\.([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\.v([1-9][0-9]{0,3})$/;
const maxTypeLength = 128;

export interface EventTypeName {
  readonly domain: string;
  readonly event: string;
  readonly major: number;
}

/** Reads `<domain>.<event>.v<major>` (kebab-case, 128 characters at most); undefined when the text is not one. */
export function parseEventTypeName(text: string): EventTypeName | undefined {
  if (text.length > maxTypeLength) return undefined;
  const match = grammar.exec(text);
  const [, domain, event, major] = match ?? [];
  if (domain === undefined || event === undefined || major === undefined) return undefined;
  return { domain, event, major: Number(major) };
}

/** `github` of `github.push.v1`; the whole text where that is no event type. */
export function domainOf(type: string): string {
  return parseEventTypeName(type)?.domain ?? type;
}

/** Its types are the system's own: clients send them of themselves. */
export const ownDomain = 'edi';
