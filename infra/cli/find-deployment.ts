import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { findRunning, type RunningDeployment } from '../local/running.ts';
import { CliError } from './cli-error.ts';
import { defaultUrl } from './url-option.ts';

/** Who answers: a running deployment, or the files that a stopped one left. */
export type DeploymentTarget =
  | { readonly kind: 'running'; readonly deployment: RunningDeployment }
  | { readonly kind: 'stopped'; readonly dataFolder: string };

const projectFolder = resolve(import.meta.dirname, '..', '..');
/** Where `npm start` keeps its data. */
const defaultDataFolder = join(projectFolder, '.edi');
export const schemaFolder = join(projectFolder, 'schemas');

/** What a command that names no deployment means, and the reason where it is not where `npm start` listens. */
export interface ChosenDeployment {
  readonly url: string;
  readonly why?: string;
}

/**
 * The one rule of all commands for a deployment that was not named: what listens where `npm start` does, else what has its
 * data folder open, else the only one that runs. Undefined where none of them is. Throws `CliError` when it cannot look.
 */
export function chooseDeployment(): ChosenDeployment | undefined {
  if (findByUrl(defaultUrl) !== undefined) return { url: defaultUrl };
  const ofFolder = findByDataFolder(defaultDataFolder);
  if (ofFolder !== undefined) return { url: ofFolder.url, why: `whose data is in ${defaultDataFolder}` };
  const [only, ...others] = listRunning();
  return only === undefined || others.length > 0 ? undefined : { url: only.url, why: 'the only one that runs' };
}

const loopbackNames: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** The running deployment of this machine and user that listens at `url`. */
export function findByUrl(url: string): RunningDeployment | undefined {
  const { hostname, port, protocol } = new URL(url);
  if (!loopbackNames.has(hostname) || protocol !== 'http:') return undefined;
  const wanted = port === '' ? '80' : port;
  return listRunning().find((deployment) => new URL(deployment.url).port === wanted);
}

/** The same. Throws `CliError` when none does. */
export function runningAt(url: string): RunningDeployment {
  const deployment = findByUrl(url);
  if (deployment === undefined) throw notRunning(url);
  return deployment;
}

/** The running deployment that has the data folder open. */
function findByDataFolder(folder: string): RunningDeployment | undefined {
  const wanted = canonical(folder);
  return listRunning().find((deployment) => canonical(deployment.dataFolder) === wanted);
}

/**
 * Whom a command with the options `--url` and `--data` means: the deployment of a data folder, else the one that runs at
 * the URL, else what `npm start` keeps. Throws `CliError` when a URL was given and nothing runs there.
 */
export function findTarget(
  { url, data }: { readonly url: string; readonly data?: string },
  command: Command,
): DeploymentTarget {
  if (data === undefined) {
    const deployment = findByUrl(url);
    if (deployment !== undefined) return { kind: 'running', deployment };
    if (command.getOptionValueSource('url') !== 'default') throw notRunning(url);
  }
  const dataFolder = data ?? defaultDataFolder;
  const deployment = findByDataFolder(dataFolder);
  return deployment === undefined ? { kind: 'stopped', dataFolder } : { kind: 'running', deployment };
}

/** Whether deployments of this user run on this machine, wherever. */
export function isAnyRunning(): boolean {
  return listRunning().length > 0;
}

/** What to tell who looked for a deployment in vain. */
export function notRunning(url: string): CliError {
  const others = listRunning().map((deployment) => deployment.url);
  const advice =
    others.length === 0 ? 'Start one with `npm start`.' : `Running are ${others.join(' and ')}: choose one with --url.`;
  return new CliError(`no deployment that this user started on this machine runs at ${url}. ${advice}`);
}

function listRunning(): RunningDeployment[] {
  try {
    return findRunning();
  } catch (error) {
    throw new CliError(error instanceof Error ? error.message : String(error));
  }
}

function canonical(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}
