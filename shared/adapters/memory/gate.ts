/**
 * Runs before an operation of a memory adapter does anything, given the operation's name. What it throws, the operation
 * rejects with (an outage: throw `Unavailable`); while it waits, the operation waits (a race, a slow network).
 */
export type Gate = (operation: string) => void | Promise<void>;

/** Lets every operation pass. */
export const openGate: Gate = () => undefined;
