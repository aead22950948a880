import { userInfo } from 'node:os';

/** Whose process this is, as an account would be called. */
export function localCaller(): string {
  return `${userInfo().username.replace(/[^\x21-\x7e]/g, '_')}@localhost`;
}
