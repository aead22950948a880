import { type Command, Option } from 'commander';
import { localDevKey } from '../local/local-write-keys.ts';
import { type CommandIo, interruptedExitCode } from './command-io.ts';
import { typeOption } from './type-option.ts';
import { urlOption } from './url-option.ts';

interface SendFlags {
  readonly url: string;
  readonly key: string;
  readonly type?: string;
  readonly state: string;
  readonly json: boolean;
}

/** Adds `edi send`; it tells its exit code, since events that are refused are a result and not an error. */
export function addSendCommand(program: Command, io: CommandIo, onExitCode: (code: number) => void): void {
  program
    .command('send')
    .description('send a file of JSON lines: events, or data of one type; run again, it goes on where it ended')
    .argument('<file>', 'JSON lines')
    .addOption(typeOption('the lines are data of events of this type'))
    .addOption(urlOption())
    .addOption(new Option('--key <key>', 'write key').env('EDI_KEY').default(localDevKey))
    .option('--state <folder>', 'where it keeps how far it came, and what is not sent yet', '.edi-send')
    .option('--json', 'print one JSON object', false)
    .action(async (file: string, flags: SendFlags) => {
      const { sendFile } = await import('./send-file/run.ts');
      const result = await sendFile({ ...flags, file, signal: io.interrupted(), err: io.err });
      const { lines, sent, rejected, unreadable, dropped, left } = result;
      const refused = `${rejected} rejected, ${unreadable} unreadable${dropped > 0 ? `, ${dropped} given up` : ''}`;
      const text = `${lines} lines: ${sent} sent now, ${refused}, ${left} left\n`;
      await io.out.write(flags.json ? `${JSON.stringify(result)}\n` : text);
      if (left > 0) await io.err.write('edi: run the same command again to send the rest\n');
      onExitCode(left > 0 ? interruptedExitCode : rejected + unreadable + dropped > 0 ? 1 : 0);
    });
}
