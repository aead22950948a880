const names = [
  ...['seal', 'sdk', 'count', 'encoding', 'format', 'region', 'replayed'],
  ...['possible_duplicate', 'marks', 'namespace', 'traceparent'],
] as const;

/**
 * The attributes of a batch's message that a stage passes on: ours, and nobody else's. What Pub/Sub says of a dead letter
 * (`CloudPubSubDeadLetter…`) is of that delivery alone.
 */
export function ownAttributes(attributes: Readonly<Record<string, string>>): Record<string, string> {
  const own: Record<string, string> = {};
  for (const name of names) {
    const value = attributes[name];
    if (value !== undefined) own[name] = value;
  }
  return own;
}
