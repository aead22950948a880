import type { Command } from 'commander';
import type { CommandIo } from './command-io.ts';
import type { DoctorLine, DoctorPorts } from './doctor/look.ts';
import { jsonText } from './output-text.ts';

interface DoctorOptions {
  readonly exit: (code: number) => void;
  /** What is looked at; default this machine. Tests have machines of their own. */
  readonly openPorts?: () => Promise<DoctorPorts>;
}

const help = `
Exit code 0 when everything is there that the product needs, 1 when it is not. What only tests, checks and deployments need
does not count.
`;

/** Adds `edi doctor`. */
export function addDoctorCommand(
  program: Command,
  io: CommandIo,
  { exit, openPorts = thisMachine }: DoctorOptions,
): void {
  program
    .command('doctor')
    .description('look whether this machine has what is needed, and what tests, checks and deployments want beside it')
    .option('--json', 'print JSON', false)
    .addHelpText('after', help)
    .action(async ({ json }: { readonly json: boolean }) => {
      const { look } = await import('./doctor/look.ts');
      const lines = await look(await openPorts());
      const ok = lines.every(({ state }) => state !== 'needed');
      await io.out.write(json ? jsonText({ ok, lines: lines.map((line) => ({ ...line })) }) : doctorText(lines, ok));
      exit(ok ? 0 : 1);
    });
}

async function thisMachine(): Promise<DoctorPorts> {
  return (await import('./doctor/machine.ts')).machinePorts();
}

const marks = { ok: 'ok     ', missing: 'missing', needed: 'NEEDED ', note: '       ' } as const;
const nameColumns = 12;

function doctorText(lines: readonly DoctorLine[], ok: boolean): string {
  const optional = lines.filter(({ usedBy }) => usedBy !== undefined);
  const product = lines.filter(({ usedBy }) => usedBy === undefined);
  const text = ({ name, state, text: what, usedBy }: DoctorLine) =>
    `  ${marks[state]} ${name.padEnd(nameColumns)} ${what}${usedBy === undefined ? '' : `  (${usedBy})`}`;
  const verdict = ok ? 'The product runs here.' : 'The product does not run here: see NEEDED.';
  return [
    'What the product needs:',
    ...product.map(text),
    '',
    'What tests, checks and deployments want beside it; without it they are skipped, or say so:',
    ...optional.map(text),
    '',
    verdict,
    '',
  ].join('\n');
}
