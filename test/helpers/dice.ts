export type Dice = (below: number) => number;

/** Whole numbers below a bound, the same from the same state (xorshift, Marsaglia 2003), which is any but 0. */
export function makeDice(from: number): Dice {
  let state = from;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}
