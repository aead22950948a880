import type { IncomingMessage } from 'node:http';
import { proofRealm, proverAccount } from '../../shared/erasure/proof.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';
import { callerOf } from '../../shared/http/caller.ts';

/**
 * Whether the caller may erase these people. Operators may erase everybody; the account that proves erasures every day may
 * call, too, and erases synthetic people alone: nothing that takes it over can erase anybody else.
 */
export function mayErase(request: Pick<IncomingMessage, 'headers'>, subjects: readonly DataSubject[]): boolean {
  return !isProver(request) || subjects.every(({ realm }) => realm === proofRealm);
}

export function isProver(request: Pick<IncomingMessage, 'headers'>): boolean {
  return callerOf(request)?.startsWith(`${proverAccount}@`) === true;
}
