import { styleText } from 'node:util';
import { type CheckReport, countText, type FileFinding } from './check-report.ts';
import { tableChangeLines } from './table-change-text.ts';

/** The report as a compiler would give it, colours for a terminal only. */
export function reportText(report: CheckReport, colors: boolean): string {
  const style = styleFor(colors);
  const blocks = report.findings.map((finding) => findingText(finding, style));
  if (report.tables.length > 0) blocks.push(`tables:\n${report.tables.flatMap(tableChangeLines).join('\n')}\n`);
  const against = report.against === null ? '' : `, compared with ${report.against}`;
  const checked = `${report.schemas} schemas and ${report.examples} examples checked${against}`;
  const notices = report.notices.map((notice) => `${style('cyan', 'notice')}: ${notice}\n`);
  return `${[...blocks, ...notices].join('\n')}${blocks.length + notices.length > 0 ? '\n' : ''}${verdictText(report, checked, style)}`;
}

type Style = (format: Parameters<typeof styleText>[0], text: string) => string;

/** Texts in the colours of a terminal, or as they are. */
export function styleFor(colors: boolean): Style {
  return (format, text) => (colors ? styleText(format, text, { validateStream: false }) : text);
}

/** The last line of a report: what was checked, and what was found. */
export function verdictText(
  { ok, findings }: Pick<CheckReport, 'ok'> & { readonly findings: Parameters<typeof countText>[0] },
  checked: string,
  style: Style,
): string {
  return `${ok ? style('green', 'ok') : style('red', 'not ok')}: ${checked}; ${countText(findings)}\n`;
}

/** One finding as a compiler would tell it. */
export function findingText(finding: Omit<FileFinding, 'rule'> & { readonly rule: string }, style: Style): string {
  const { file, line, column, severity, rule, pointer, message, fix } = finding;
  const label = style(severity === 'error' ? 'red' : 'yellow', severity);
  const lines = [
    `${style('bold', `${file}:${line}:${column}`)}: ${label}[${rule}]: ${message}`,
    ...(pointer === '' ? [] : [`  at   ${pointer}`]),
    ...(fix === undefined ? [] : [`  fix  ${fix}`]),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

/** Names in somebody's schema must not move a terminal's cursor. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken away; ESC of our own colours stays.
  return text.replace(/[\u0000-\u001a\u001c-\u001f\u007f-\u009f]|\u001b(?!\[\d+m)/g, '?');
}
