import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Introduction, startDriven } from './driver.ts';
import { type RunOptions, runScenario, type ScenarioResult } from './run-scenario.ts';
import { scenarios } from './scenarios.ts';
import { startServer } from './server.ts';

export interface Report {
  readonly client: string;
  readonly results: readonly ScenarioResult[];
  /** Names of scenarios that are none for this kind of client. */
  readonly leftOut: readonly string[];
  readonly isPassed: boolean;
}

export interface KitOptions extends RunOptions {
  /** Default: all. */
  readonly only?: readonly string[];
  /** Scenarios at the same time. */
  readonly width: number;
  readonly onResult?: (result: ScenarioResult) => void;
}

/** Faults of a result, in the order of the table. */
export const faults = ['lost', 'doubled', 'changed', 'resent', 'early', 'untold'] as const;

export function isFaultless(result: ScenarioResult): boolean {
  return result.died === undefined && faults.every((fault) => result[fault] === 0);
}

/** Plays the scenarios with a client program, and says what went wrong. */
export async function runKit({ only, width, onResult, ...options }: KitOptions): Promise<Report> {
  const introduction = await introduce(options);
  const wanted = scenarios.filter(({ name }) => only === undefined || only.includes(name));
  const waiting = [...wanted];
  const results = new Map<string, ScenarioResult>();
  const lane = async () => {
    for (let scenario = waiting.shift(); scenario !== undefined; scenario = waiting.shift()) {
      const result = await runScenario(scenario, introduction, options);
      if (result === undefined) continue;
      results.set(scenario.name, result);
      onResult?.(result);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  const inOrder = wanted.flatMap(({ name }) => results.get(name) ?? []);
  return {
    client: introduction.client,
    results: inOrder,
    leftOut: wanted.flatMap(({ name }) => (results.has(name) ? [] : [name])),
    isPassed: inOrder.length > 0 && inOrder.every(isFaultless),
  };
}

/** Starts the program once to hear what it is. */
async function introduce(options: RunOptions): Promise<Introduction> {
  const storage = await mkdtemp(join(tmpdir(), 'edi-conformance-'));
  const act = () => ({ kind: 'silence' }) as const;
  const server = await startServer({ act, keyMembers: [], policy: {} });
  try {
    const client = await startDriven({ ...options, url: server.url, storage, told: new Map() });
    await client.kill();
    return client.introduction;
  } finally {
    await server.close();
    await rm(storage, { recursive: true, force: true });
  }
}
