import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runKit } from './client-conformance/kit.ts';
import { commandOf, installPackage, knownClients } from './client-conformance/known-clients.ts';
import { describeResult, reportTable } from './client-conformance/report.ts';
import { scenarios } from './client-conformance/scenarios.ts';

/*
 * What a client loses, doubles, changes or sends for ever, against a server that misbehaves on purpose:
 * npm run check -- client-conformance --cmd "…". test/check/client-conformance/README.md says how a program takes part.
 */

const exitFault = 1;
const exitUsage = 2;

const { values } = parseArgs({
  options: {
    cmd: { type: 'string' },
    client: { type: 'string' },
    install: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    'timeout-millis': { type: 'string', default: '400' },
    'patience-seconds': { type: 'string', default: '20' },
    width: { type: 'string', default: '4' },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'edi-conformance-packages-'));
try {
  process.exitCode = await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<number> {
  const known = values.client === undefined ? undefined : knownClients[values.client];
  const command = values.cmd ?? (known && commandOf(known));
  const unknown = values.only?.filter((name) => scenarios.every((scenario) => scenario.name !== name)) ?? [];
  if (command === undefined || unknown.length > 0) return usage();
  const { packageName } = known ?? {};
  if (packageName !== undefined && !values.install) {
    process.stderr.write(
      `${packageName} is no dependency of the project: with --install it goes into a temporary folder.\n`,
    );
    return exitUsage;
  }
  const version = packageName === undefined ? '' : ` ${installPackage(folder, packageName)}`;
  const report = await runKit({
    command,
    timeoutMillis: Number(values['timeout-millis']),
    patienceMillis: Number(values['patience-seconds']) * 1_000,
    width: Number(values.width),
    env: { EDI_CONFORMANCE_PACKAGES: folder },
    ...(values.only === undefined ? {} : { only: values.only }),
    onResult: (result) => process.stderr.write(`${describeResult(result)}\n`),
  });
  const named = { ...report, client: `${report.client}${version}` };
  process.stdout.write(reportTable(named));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(named, null, 2)}\n`);
  return report.isPassed ? 0 : exitFault;
}

function usage(): number {
  const lines = [
    'Give --cmd "PROGRAM", or --client with one of',
    `  ${Object.keys(knownClients).join(', ')}`,
    'and, if you like, --only with one of these, also more than once:',
    ...scenarios.map(({ name, what }) => `  ${name.padEnd(11)} ${what}`),
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
  return exitUsage;
}
