import type { ClientClock, Store, Transport } from './ports.ts';
import { builtInPolicy, type ClientSettings, type Policy, parseJson, readPolicy } from './settings.ts';

/** The receiver's policy as it is known: the last answer, of this client or an earlier one, or the built-in one. */
export interface PolicySource {
  current(): Policy;
  /** Asks in the background, where nobody has for as long: by default `policyMillis`. */
  refresh(afterMillis?: number): void;
}

export function makePolicySource(
  { store, transport, clock }: { readonly store: Store; readonly transport: Transport; readonly clock: ClientClock },
  { policyMillis }: ClientSettings,
): PolicySource {
  let policy = builtInPolicy;
  let askedMillis: number | undefined;
  let isAnswered = false;
  store.noted().then(
    (text) => {
      if (text !== undefined && !isAnswered) policy = readPolicy(parseJson(text));
    },
    () => undefined,
  );

  async function ask(): Promise<void> {
    const answer = await transport.policy();
    if (answer === undefined) return;
    policy = readPolicy(answer);
    isAnswered = true;
    await store.note(JSON.stringify(policy));
  }

  return {
    current: () => policy,
    refresh(afterMillis = policyMillis) {
      const nowMillis = clock.nowMillis();
      if (askedMillis !== undefined && Math.abs(nowMillis - askedMillis) < afterMillis) return;
      askedMillis = nowMillis;
      // Without an answer the old one holds.
      ask().catch(() => undefined);
    },
  };
}
