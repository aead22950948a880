import type { Command } from 'commander';
import type { CommandIo } from './command-io.ts';

export interface AddTo {
  readonly parent: Command;
  /** What follows the parent's name on the command line. */
  readonly args: readonly string[];
  readonly io: CommandIo;
  /** Sets the exit code of a command that did its work and found something wrong. */
  readonly exit: (code: number) => void;
}

/** What adds each command, by its name and in the order of `--help`. */
export type Commands = Readonly<Record<string, (to: AddTo) => void | Promise<void>>>;

/**
 * Adds the command that the arguments name, and all of them where they name none: for help, and for what a misspelt one may have
 * meant. So a command's code is loaded when it is asked for, since to load all of it takes longer than most commands do.
 */
export async function addLazily(commands: Commands, { args: [name, ...args], ...to }: AddTo): Promise<void> {
  const named = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  for (const add of named === undefined ? Object.values(commands) : [named]) await add({ ...to, args });
}
