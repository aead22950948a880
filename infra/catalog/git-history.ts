import { execFile, spawn } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { isJsonObject, type JsonObject, parseJson } from '../../shared/event/json.ts';

/** A commit that changed a schema's file. */
export interface Commit {
  /** Abbreviated. */
  readonly hash: string;
  /** Day of the commit, `2026-01-31`. */
  readonly day: string;
  readonly subject: string;
  /** The document before; absent for the commit that added the file. */
  readonly before?: JsonObject;
  /** The document after; absent where it was removed or was no JSON object. */
  readonly after?: JsonObject;
}

/** What git tells of a schema's file. */
export type TypeHistory =
  | {
      readonly kind: 'commits';
      /** The newest first; none for a file that was never committed. */
      readonly commits: readonly Commit[];
      /** Older commits than these exist, or may exist. */
      readonly isCut: boolean;
    }
  /** For people: why there is none. */
  | { readonly kind: 'none'; readonly reason: string };

/** Per type; the page names the command that lists all. */
const maxCommits = 30;
/** Of git's answers: a thousand types with dozens of revisions each. */
const maxAnswerBytes = 512 * 1_048_576;
const timeoutMillis = 60_000;

/** Digits of a commit's hash that are shown: enough to find it by. */
const hashLength = 10;

const run = promisify(execFile);
const schemaFile = /^([a-z0-9-]+)\/([a-z0-9-]+\.v\d+)\.json$/;

interface RawCommit {
  readonly hash: string;
  readonly day: string;
  readonly subject: string;
  /** Blob ids; undefined where the file was not there. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Asks git, twice whatever the number of types, for the history of every schema file in a folder. Never rejects. */
export async function readGitHistory(folder: string): Promise<(type: string) => TypeHistory> {
  let byType: ReadonlyMap<string, RawCommit[]>;
  let documents: ReadonlyMap<string, JsonObject>;
  let isShallow: boolean;
  try {
    const { stdout } = await git(folder, ['rev-parse', '--is-shallow-repository']);
    isShallow = stdout.trim() === 'true';
    byType = await listCommits(folder);
    documents = await readBlobs(folder, byType);
  } catch (error) {
    const none: TypeHistory = { kind: 'none', reason: whyNone(error) };
    return () => none;
  }
  return (type) => {
    const raw = byType.get(type) ?? [];
    return {
      kind: 'commits',
      commits: raw.slice(0, maxCommits).map((commit) => withDocuments(commit, documents)),
      isCut: isShallow || raw.length > maxCommits,
    };
  };
}

function git(folder: string, args: readonly string[]) {
  return run('git', ['-C', folder, '--no-pager', ...args], {
    maxBuffer: maxAnswerBytes,
    timeout: timeoutMillis,
    env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
  });
}

function whyNone(error: unknown): string {
  const { code, stderr } = error instanceof Error ? (error as Error & { code?: unknown; stderr?: unknown }) : {};
  if (code === 'ENOENT') return 'git is not installed here';
  const said = typeof stderr === 'string' ? (stderr.trim().split('\n')[0] ?? '') : '';
  if (said.includes('not a git repository')) return 'the schemas are not in a git checkout';
  return said === '' ? 'git did not answer' : `git said: ${said}`;
}

/** By type, the newest first; git leaves merges out. A commit line is \x1e, then hash, day and subject between \x1f; file lines follow. */
async function listCommits(folder: string): Promise<ReadonlyMap<string, RawCommit[]>> {
  const format = '--format=%x1e%H%x1f%cs%x1f%s';
  const { stdout } = await git(folder, [
    'log',
    format,
    '--raw',
    '--no-abbrev',
    '--no-renames',
    '--relative',
    '--',
    '.',
  ]);
  const byType = new Map<string, RawCommit[]>();
  for (const record of stdout.split('\x1e').slice(1)) {
    const [head = '', ...files] = record.split('\n');
    const [hash = '', day = '', subject = ''] = head.split('\x1f');
    for (const file of files) {
      const [, before = '', after = '', path = ''] = /^:\d+ \d+ (\w+) (\w+) \w+\t(.*)$/.exec(file) ?? [];
      const [, domain, event] = schemaFile.exec(path) ?? [];
      if (domain === undefined || event === undefined) continue;
      const commits = byType.get(`${domain}.${event}`) ?? [];
      commits.push({ hash: hash.slice(0, hashLength), day, subject, before: blobId(before), after: blobId(after) });
      byType.set(`${domain}.${event}`, commits);
    }
  }
  return byType;
}

function blobId(text: string): string | undefined {
  return /^0+$/.test(text) ? undefined : text;
}

/** The documents of the commits that are shown, by blob id; those that are no JSON objects are left out. */
async function readBlobs(
  folder: string,
  byType: ReadonlyMap<string, readonly RawCommit[]>,
): Promise<ReadonlyMap<string, JsonObject>> {
  const shown = [...byType.values()].flatMap((commits) => commits.slice(0, maxCommits));
  const ids = new Set(shown.flatMap(({ before, after }) => [before, after]).filter((id) => id !== undefined));
  if (ids.size === 0) return new Map();
  const child = spawn('git', ['-C', folder, 'cat-file', '--batch'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: timeoutMillis,
  });
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  // A git that ends early breaks the pipe; what it did not answer is missing then.
  child.stdin.on('error', () => undefined);
  child.stdin.end([...ids].map((id) => `${id}\n`).join(''));
  return parseBatch(await Promise.race([failed, buffer(child.stdout)]));
}

/** Reads `<id> blob <size>\n<content>\n`, again and again; `<id> missing\n` is what a partial clone has not fetched. */
function parseBatch(answer: Buffer): Map<string, JsonObject> {
  const documents = new Map<string, JsonObject>();
  let at = 0;
  while (at < answer.length) {
    const lineEnd = answer.indexOf('\n', at);
    if (lineEnd < 0) break;
    const [id = '', kind, size] = answer.toString('latin1', at, lineEnd).split(' ');
    at = lineEnd + 1;
    if (kind !== 'blob') continue;
    const document = parseObject(answer.toString('utf8', at, at + Number(size)));
    if (document !== undefined) documents.set(id, document);
    at += Number(size) + 1;
  }
  return documents;
}

function parseObject(body: string): JsonObject | undefined {
  const value = parseJson(body);
  return isJsonObject(value) ? value : undefined;
}

function withDocuments(
  { hash, day, subject, before, after }: RawCommit,
  documents: ReadonlyMap<string, JsonObject>,
): Commit {
  const old = before === undefined ? undefined : documents.get(before);
  const now = after === undefined ? undefined : documents.get(after);
  return { hash, day, subject, ...(old ? { before: old } : {}), ...(now ? { after: now } : {}) };
}
