/** Yes, no, or not decided: JavaScript's three-valued and/or over undefined. */
export type Answer = boolean | undefined;

export function all<T>(values: Iterable<T>, ask: (value: T) => Answer): Answer {
  let result: Answer = true;
  for (const value of values) {
    const answer = ask(value);
    if (answer === false) return false;
    if (answer === undefined) result = undefined;
  }
  return result;
}

export function negate(answer: Answer): Answer {
  return answer === undefined ? undefined : !answer;
}

export function any<T>(values: Iterable<T>, ask: (value: T) => Answer): Answer {
  return negate(all(values, (value) => negate(ask(value))));
}
