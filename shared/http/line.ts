/** The subscription that a message is served from first, or the one that tries its dead letter again for weeks. */
export type Line = 'first' | 'second';

/** Begins the names of the subscriptions that try dead letters again. */
export const secondLinePrefix = 'second-line.';

/** The name of the subscription that a message of this one is served from first; `name` is no full name. */
export function firstLineOf(name: string): string {
  return name.startsWith(secondLinePrefix) ? name.slice(secondLinePrefix.length) : name;
}

/** The line of a subscription, by its name or its full name (`projects/<project>/subscriptions/<name>`). */
export function lineOf(subscription: string): Line {
  return subscription.slice(subscription.lastIndexOf('/') + 1).startsWith(secondLinePrefix) ? 'second' : 'first';
}
