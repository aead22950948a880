import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { flagProblem } from './flag-problem.ts';

/** One of the programs behind an npm script. */
export interface NamedProgram {
  /** Its line in the list. */
  readonly what: string;
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
  /** Imports the program's file, which does all of its work as it is loaded, with arguments from `process.argv`. */
  readonly load: () => Promise<unknown>;
}

const exitMisused = 2;

/**
 * Runs the program that the command line names, which finds its own arguments where it would if it had been started by
 * itself. Without a name it lists what there is; for a name that it does not know, too, and exits with 2. So it does for
 * flags that the program does not know, with its line.
 */
export async function runNamedProgram(programs: Readonly<Record<string, NamedProgram>>): Promise<void> {
  const [, , name] = process.argv;
  if (name === undefined) {
    process.stdout.write(listOf(programs));
    return;
  }
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
  if (program === undefined) {
    process.stderr.write(`There is no "${name}". There are:\n\n${listOf(programs)}`);
    process.exitCode = exitMisused;
    return;
  }
  const { nodeFlags = [], load } = program;
  if (!nodeFlags.every((flag) => process.execArgv.includes(flag))) return startAgain(nodeFlags);
  process.argv.splice(2, 1);
  try {
    await load();
  } catch (error) {
    const problem = flagProblem(error);
    if (problem === undefined) throw error;
    process.stderr.write(`${problem}\n\n${listOf({ [name]: program })}`);
    process.exitCode = exitMisused;
  }
}

function listOf(programs: Readonly<Record<string, NamedProgram>>): string {
  const width = Math.max(...Object.keys(programs).map((name) => name.length));
  return Object.entries(programs)
    .map(([name, { what }]) => `  ${name.padEnd(width)}  ${what}\n`)
    .join('');
}

/** This process's command line in another process, which has the flags. */
async function startAgain(nodeFlags: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [...nodeFlags, ...process.argv.slice(1)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  process.exitCode = typeof code === 'number' ? code : 1;
}
