import type { Command } from 'commander';
import type { Output } from './command-io.ts';
import { chooseDeployment } from './find-deployment.ts';

/** Where another way to name a deployment was used, no URL is missing. */
const otherNames = ['data', 'project', 'bucket', 'database'];

/**
 * Gives `--url` to a command that names no deployment: the one that `chooseDeployment` chooses, which is said where it
 * is not the one that everybody expects. Where it chooses none, the command tells what it does without.
 */
export async function nameDeployment(command: Command, err: Output): Promise<void> {
  if (command.getOptionValueSource('url') !== 'default') return;
  const flags: Readonly<Record<string, unknown>> = command.opts();
  if (otherNames.some((name) => flags[name] !== undefined) || (flags['env'] ?? 'local') !== 'local') return;
  const chosen = chooseDeployment();
  if (chosen === undefined) return;
  command.setOptionValueWithSource('url', chosen.url, 'chosen');
  if (chosen.why !== undefined) {
    await err.write(`edi: with the deployment at ${chosen.url}, ${chosen.why} (--url or EDI_URL chooses another)\n`);
  }
}
