import { Option } from 'commander';
import { environmentNames } from '../environment-names.ts';

/** `--env`, the deployment on this machine or an environment of `infra/environments`. */
export function envOption(description: string): Option {
  return new Option('--env <name>', description).choices(['local', ...environmentNames()]).default('local');
}
