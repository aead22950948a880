import type { Command } from 'commander';
import type { CommandIo } from '../command-io.ts';

interface LockFlags {
  readonly schemas: string;
  readonly check: boolean;
  readonly allowLoss: readonly string[];
  readonly json: boolean;
}

/** Adds `edi schema lock`. */
export function addLockCommand(schema: Command, io: CommandIo, exit: (code: number) => void): void {
  schema
    .command('lock')
    .description('write columns.lock.json: the columns of every type, which a released table never loses')
    .option('--schemas <folder>', 'the schema folder', 'schemas')
    .option('--check', 'write nothing; exit code 1 unless the lock is current', false)
    .option('--allow-loss <type>', 'this type may lose or retype columns; repeatable', collect, [])
    .option('--json', 'print JSON', false)
    .action(async (flags: LockFlags) => {
      const { runLock } = await import('./run-lock.ts');
      exit(await runLock(flags, io));
    });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
