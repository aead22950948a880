import type { CheckReport } from '../../../../infra/cli/schema/check-report.ts';
import type { TestFolder } from './schema-folder.ts';

/** What `edi schema check --json` says. */
export async function check(folder: TestFolder, ...args: string[]): Promise<CheckReport & { exitCode: number }> {
  const { exitCode, out, err } = await folder.edi('check', '--json', ...args);
  if (out === '') throw new Error(err);
  return { ...JSON.parse(out), exitCode };
}

/** `rule file pointer` of each finding, warnings in brackets, files relative to the folder. */
export function told({ findings }: CheckReport, folder: TestFolder): string[] {
  return findings.map(({ rule, file, pointer, severity }) => {
    const text = `${rule} ${file.replace(`${folder.path}/`, '')} ${pointer}`.trim();
    return severity === 'error' ? text : `(${text})`;
  });
}
