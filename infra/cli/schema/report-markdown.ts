import type { TableChange } from '../../../shared/schema-language/column-change.ts';
import { type CheckReport, countText, type FileFinding } from './check-report.ts';
import { columnChangeText } from './table-change-text.ts';

/** GitHub cuts a comment off at 65,536 characters. */
const maxLength = 60_000;
const maxColumnsShown = 100;

/** The report as a comment of a pull request. What comes from the schemas is shown as text, never as markup. */
export function reportMarkdown(report: CheckReport): string {
  const against = report.against === null ? '' : `, compared with \`${report.against}\``;
  const parts = [
    `### Schemas: ${report.ok ? '✅ may be merged' : '❌ may not be merged'}\n`,
    `${report.schemas} schemas and ${report.examples} examples checked${against}; ${countText(report.findings)}.\n`,
    ...report.notices.map((notice) => `> ${escapeText(notice)}\n`),
    ...tablesMarkdown(report),
    ...(report.findings.length === 0 ? [] : ['#### Findings\n', ...report.findings.map(findingMarkdown)]),
  ];
  let text = '';
  for (const [index, part] of parts.entries()) {
    if (text.length + part.length > maxLength) {
      return `${text}\n…and ${parts.length - index} more: run \`npm run -s edi -- schema check\`.\n`;
    }
    text += `${part}\n`;
  }
  return text;
}

function tablesMarkdown({ ok, tables }: CheckReport): string[] {
  if (tables.length > 0) return ['#### Tables\n', ...tables.map(tableMarkdown)];
  // A schema that cannot be read makes no table to compare.
  return ok ? ['No table changes.\n'] : [];
}

function tableMarkdown({ type, table, kind, columns }: TableChange): string {
  const what = { added: 'new table', lost: 'no schema any more', changed: 'changed' }[kind];
  const lines = columns.slice(0, maxColumnsShown).map(columnChangeText);
  if (columns.length > lines.length) lines.push(`… ${columns.length - lines.length} more`);
  return `\`${table}\` (${escapeText(type)}): ${what}\n\n\`\`\`diff\n${lines.join('\n').replaceAll('`', "'")}\n\`\`\`\n`;
}

function findingMarkdown({ file, line, severity, rule, pointer, message, fix }: FileFinding): string {
  const sign = severity === 'error' ? '❌' : '⚠️';
  const at = pointer === '' ? '' : ` at ${code(pointer)}`;
  const advice = fix === undefined ? '' : `<br>Fix: ${escapeText(fix)}`;
  return `- ${sign} ${code(`${file}:${line}`)}${at} (${rule}): ${escapeText(message)}${advice}`;
}

function code(text: string): string {
  return `\`${text.replace(/[`\r\n]/g, "'")}\``;
}

/** Also keeps `@name` from notifying somebody. */
function escapeText(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .replace(/[\\`*_{}[\]<>#|~!$]/g, '\\$&')
    .replaceAll('@', '@\u200b');
}
