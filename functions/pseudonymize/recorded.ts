/** Names of what is recorded already; of more than `maxNames` the oldest are forgotten, and recorded again. */
export function makeRecorded(maxNames: number) {
  const names = new Set<string>();
  return {
    has: (name: string) => names.has(name),
    add(name: string): void {
      names.add(name);
      if (names.size <= maxNames) return;
      const [oldest] = names;
      if (oldest !== undefined) names.delete(oldest);
    },
    clear: () => names.clear(),
  };
}
