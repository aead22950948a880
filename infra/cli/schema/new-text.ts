import type { SchemaProblem } from '../../../shared/event/schema-problem.ts';
import { printable } from '../printable.ts';
import type { CheckReport, FileFinding } from './check-report.ts';

export interface NewType {
  /** Of the files that were written, the schema first. */
  readonly paths: readonly string[];
  readonly notes: readonly SchemaProblem[];
  readonly report: CheckReport;
  readonly schemas: string;
}

/** What is to be done now, and then everything that is left to decide: what to do with it once, and a line a place. */
export function newText({ paths, notes, report, schemas }: NewType): string {
  const [schema = ''] = paths;
  const left = report.findings.filter(({ severity }) => severity === 'error');
  const folder = schemas === 'schemas' ? '' : ` --schemas ${schemas}`;
  const edit = left.length === 0 ? `edit ${schema}` : `edit ${schema}: ${left.length} decisions are left, listed below`;
  const steps = [
    edit,
    `npm run -s edi -- schema check ${schema}${folder}`,
    `npm run -s edi -- schema lock${folder}`,
    `npm run -s edi -- schema publish ${schema}${folder}    # to a local deployment that runs`,
  ];
  const lines = [
    ...paths.map((path) => `wrote ${path}`),
    '',
    'Next:',
    ...steps.map((step, at) => `  ${at + 1}. ${step}`),
    ...(notes.length === 0 ? [] : ['', ...notes.map(({ pointer, message }) => `note: ${pointer}: ${message}`)]),
    ...(left.length === 0 ? [] : ['', 'Left for you to decide:', ...leftLines(left)]),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

function leftLines(left: readonly FileFinding[]): string[] {
  const byFix = Map.groupBy(left, ({ rule, fix, message }) => `${rule}: ${fix ?? message}`);
  return [...byFix].flatMap(([what, findings]) => [
    '',
    what,
    ...findings.map(({ line, pointer }) => `  line ${String(line).padEnd(4)} ${pointer}`),
  ]);
}
