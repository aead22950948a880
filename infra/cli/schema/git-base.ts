import { execFile } from 'node:child_process';
import { CliError } from '../cli-error.ts';

/** The revision that a change is compared with. */
export interface GitBase {
  /** As a person reads it: the reference and the commit. */
  readonly name: string;
  /** Files below the folder, relative to it, that differ from the base in the working tree. */
  readonly changed: ReadonlyMap<string, 'changed' | 'deleted'>;
  /** Text of a file of the base, relative to the folder; undefined when it was not there. */
  readonly read: (file: string) => Promise<string | undefined>;
}

const maxOutputBytes = 64 * 1_048_576;
/** Where a branch leaves the main line: these references in turn. */
const mainReferences = ['origin/main', 'main', 'origin/master', 'master'];

/**
 * The base of the folder's repository: `against`, or else where the branch left the main line. Undefined when nothing is
 * asked for and there is no repository or main line. Throws `CliError` for a reference that is none.
 */
export async function openGitBase(folder: string, against: string | undefined): Promise<GitBase | undefined> {
  const git = (...args: string[]) => runGit(folder, args);
  const reference = against ?? (await firstReference(git));
  if (reference === undefined) return undefined;
  const tip = reference.startsWith('-')
    ? undefined
    : (await git('rev-parse', '--verify', '--quiet', `${reference}^{commit}`))?.trim();
  if (!tip) {
    throw new CliError(
      `--against ${reference}: git knows no such revision here; a shallow clone may lack it (git fetch)`,
    );
  }
  const commit = against === undefined ? ((await git('merge-base', 'HEAD', tip))?.trim() ?? tip) : tip;
  const listed = (await git('diff', '--name-status', '--no-renames', '--relative', '-z', commit, '--', '.')) ?? '';
  const changed = new Map<string, 'changed' | 'deleted'>();
  const fields = listed.split('\0');
  for (let i = 0; i + 1 < fields.length; i += 2) {
    changed.set(fields[i + 1] ?? '', fields[i] === 'D' ? 'deleted' : 'changed');
  }
  return {
    name: commit.startsWith(reference) ? commit.slice(0, 12) : `${reference} (${commit.slice(0, 12)})`,
    changed,
    read: (file) => git('show', '--no-textconv', `${commit}:./${file}`),
  };
}

type Git = (...args: string[]) => Promise<string | undefined>;

async function firstReference(git: Git): Promise<string | undefined> {
  for (const reference of mainReferences) {
    if ((await git('rev-parse', '--verify', '--quiet', `${reference}^{commit}`)) !== undefined) return reference;
  }
  return undefined;
}

/** What git prints; undefined when it fails or is not there. */
function runGit(folder: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('git', ['-C', folder, ...args], { maxBuffer: maxOutputBytes, encoding: 'utf8' }, (error, stdout) =>
      resolve(error === null ? stdout : undefined),
    );
  });
}
