import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { HistoryEntry } from './history.ts';

interface Process {
  readonly processId: number;
  readonly name: string;
}

export interface FaultOptions {
  /** Whose descendants are the functions and the emulators. */
  readonly processId: number;
  readonly functions: readonly string[];
  readonly durationMillis: number;
  readonly fraction: () => number;
  readonly record: (entry: HistoryEntry) => void;
}

/** Kills functions, stops them for seconds, and stops the emulators for seconds, one fault after the other. */
export async function injectFaults(options: FaultOptions): Promise<Map<string, number>> {
  const { fraction, record } = options;
  const counts = new Map<string, number>();
  const endMillis = Date.now() + options.durationMillis;
  while (Date.now() < endMillis) {
    await delay(200 + fraction() * 2_000);
    const { functions, emulators } = processesOf(options);
    const kind = fraction();
    const [fault, candidates] =
      kind < 0.5 ? ['SIGKILL', functions] : kind < 0.75 ? ['SIGSTOP', functions] : ['SIGSTOP', emulators];
    const target = candidates[Math.floor(fraction() * candidates.length)];
    if (target === undefined) continue;
    const named = `${fault} of ${target.name}`;
    counts.set(named, (counts.get(named) ?? 0) + 1);
    record({ kind: 'fault', fault: String(fault), target: target.name });
    if (fault === 'SIGKILL') signal(target, 'SIGKILL');
    else await stopFor(target, 500 + fraction() * 8_000);
  }
  return counts;
}

async function stopFor(target: Process, millis: number): Promise<void> {
  signal(target, 'SIGSTOP');
  await delay(millis);
  signal(target, 'SIGCONT');
}

function signal({ processId }: Process, name: NodeJS.Signals): void {
  try {
    process.kill(processId, name);
  } catch {
    // It has ended meanwhile.
  }
}

function processesOf({ processId, functions }: FaultOptions) {
  const found: { functions: Process[]; emulators: Process[] } = { functions: [], emulators: [] };
  for (const each of descendantsOf(processId)) {
    const [program = '', ...args] = commandOf(each);
    if (program.endsWith('java')) {
      const name = args.some((arg) => arg.includes('firestore')) ? 'Firestore' : 'Pub/Sub';
      found.emulators.push({ processId: each, name });
    }
    const name = functions.find((candidate) => args.some((arg) => arg.endsWith(`/${candidate}`) || arg === candidate));
    if (program.endsWith('node') && name !== undefined) found.functions.push({ processId: each, name });
  }
  return found;
}

function descendantsOf(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = parentOf(Number(entry));
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const all: number[] = [];
  for (const open = [root]; open.length > 0; ) {
    const next = children.get(open.pop() ?? 0) ?? [];
    all.push(...next);
    open.push(...next);
  }
  return all;
}

function parentOf(processId: number): number | undefined {
  try {
    // "pid (name) state ppid ...", where the name may hold anything.
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

function commandOf(processId: number): string[] {
  try {
    return readFileSync(`/proc/${processId}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
