import type { ClientClock, Store, Transport } from './ports.ts';
import { builtInPolicy, type ClientSettings, type Policy, parseJson, readPolicy } from './settings.ts';

/** The receiver's policy as it is known: the last answer, of this client or an earlier one, or the built-in one. */
export interface PolicySource {
  current(): Policy;
  /** Asks in the background, where nobody has for as long: by default `policyMillis`. */
  refresh(afterMillis?: number): void;
}

export interface PolicyPorts {
  readonly store: Store;
  readonly transport: Transport;
  readonly clock: ClientClock;
  readonly settings: ClientSettings;
}

export function makePolicySource({ store, transport, clock, settings }: PolicyPorts): PolicySource {
  let policy: Policy | undefined;
  let askedMillis = Number.NEGATIVE_INFINITY;

  async function recall(): Promise<void> {
    const { note = '' } = await store.state();
    policy ??= readPolicy(parseJson(note));
  }

  async function ask(): Promise<void> {
    const answer = await transport.policy();
    if (answer === undefined) return;
    policy = readPolicy(answer);
    await store.note(JSON.stringify(policy));
  }

  recall().catch(() => undefined);
  return {
    current: () => policy ?? builtInPolicy,
    refresh(afterMillis = settings.policyMillis) {
      const nowMillis = clock.nowMillis();
      if (Math.abs(nowMillis - askedMillis) < afterMillis) return;
      askedMillis = nowMillis;
      // Without an answer the old one holds.
      ask().catch(() => undefined);
    },
  };
}
