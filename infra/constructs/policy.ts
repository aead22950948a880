import type { Binding } from './context.ts';

/** The JSON of an IAM policy ("Policy", Cloud IAM reference), the same for the same bindings in any order. */
export function policyOf(bindings: readonly Binding[]): string {
  const roles = [...new Set(bindings.map(({ role }) => role))].sort();
  const membersOf = (role: string) => bindings.filter((one) => one.role === role).map(({ member }) => member);
  return JSON.stringify({ bindings: roles.map((role) => ({ role, members: membersOf(role).sort() })) });
}
