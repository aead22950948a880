import type { TableChange } from '../../../shared/schema-language/column-change.ts';
import type { Finding } from '../../../shared/schema-language/lint/finding.ts';

/** A finding and where it is in the text of its file. */
export interface FileFinding extends Finding {
  /** As the user would name it, from the working directory. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What `edi schema check` found out; `--json` prints it as it is. */
export interface CheckReport {
  readonly ok: boolean;
  readonly schemas: number;
  readonly examples: number;
  /** The revision that was compared with; null when there was none to compare with. */
  readonly against: string | null;
  /** Remarks that are about no file. */
  readonly notices: readonly string[];
  readonly findings: readonly FileFinding[];
  /** What the tables become, compared with the lock of the base revision. */
  readonly tables: readonly TableChange[];
}

const severities = ['error', 'warning'] as const;

/** `2 errors, 1 warning`. */
export function countText(findings: readonly Pick<FileFinding, 'severity'>[]): string {
  return severities
    .map((severity) => findings.filter((finding) => finding.severity === severity).length)
    .map((count, i) => `${count} ${severities[i]}${count === 1 ? '' : 's'}`)
    .join(', ');
}
