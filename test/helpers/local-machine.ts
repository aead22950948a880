import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';

// What Linux tells about a process under /proc (proc(5)). Tests that need it are skipped elsewhere.

/** Whether this machine has /proc as Linux does. */
export const hasProc = existsSync('/proc/self/status');

const kibibyte = 1_024;

function statusBytes(processId: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * kibibyte;
}

/** Resident memory now. Asks `ps` where there is no /proc. */
export function residentBytes(processId: number): number {
  if (hasProc) return statusBytes(processId, 'VmRSS');
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(processId)], { encoding: 'utf8' })) * kibibyte;
}

/** Processor time that a process has used so far, in user mode and in the kernel. Needs /proc. */
export function cpuMillis(processId: number): number {
  // The name in parentheses may hold anything; utime and stime are the 14th and 15th field, in hundredths of a second.
  const fields = readFileSync(`/proc/${processId}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** By how much the resident memory of a process exceeds, at its highest, what it was when the work began. */
export async function residentGrowthBytes(processId: number, work: () => Promise<void>): Promise<number> {
  // 5 resets the peak (proc(5), clear_refs).
  writeFileSync(`/proc/${processId}/clear_refs`, '5');
  const before = residentBytes(processId);
  await work();
  return statusBytes(processId, 'VmHWM') - before;
}

const listening = '0A';

/** Local addresses that a process listens on, as /proc/net/tcp spells them: `0100007F` is 127.0.0.1. */
export function listeningAddresses(processId: number): string[] {
  const folder = `/proc/${processId}/fd`;
  const sockets = new Set(
    readdirSync(folder).map((name) => /socket:\[(\d+)\]/.exec(readLink(`${folder}/${name}`))?.[1]),
  );
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${processId}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === listening && sockets.has(fields[9]))
      .map((fields) => fields[1]?.split(':')[0] ?? ''),
  );
}

/** What runs of the processes whose environment holds a text: `id name`, such as `4711 java`. Those of this user only. */
export function processesWithEnvironment(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => readText(`/proc/${name}/environ`).includes(text))
    .map((name) => `${name} ${readText(`/proc/${name}/comm`).trim()}`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Another user's, or gone meanwhile.
    return '';
  }
}

/** Ids of the processes in a process group. */
export function processesOfGroup(groupId: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => groupOf(name) === groupId)
    .map(Number);
}

function groupOf(processId: string): number | undefined {
  try {
    // The name in parentheses may hold anything; after it come state, parent and group.
    const [, , group] = readFileSync(`/proc/${processId}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(group);
  } catch {
    return undefined;
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
