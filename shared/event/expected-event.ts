/** The bounds that an event as a whole is held to. */
interface WholeLimits {
  readonly maxEventBytes: number;
  readonly maxNesting: number;
}

/** What an event as a whole is to be, by the rule that it breaks; undefined for rules of its parts. Of the bounds alone. */
export function expectedOfEvent(rule: string, { maxEventBytes, maxNesting }: WholeLimits): string | undefined {
  switch (rule) {
    case 'size':
      return `at most ${maxEventBytes} bytes of JSON`;
    case 'nesting':
      return `at most ${maxNesting} levels of objects and arrays, the event itself included`;
    case 'number':
      return 'integers within 2^53 and numbers within the range of a 64-bit float; others as text';
    case 'text':
      return 'Unicode text, which has no half of a surrogate pair';
    case 'key':
      return 'no key that is called __proto__';
    default:
      return undefined;
  }
}
