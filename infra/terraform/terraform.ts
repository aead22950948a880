import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The version that `@cdktf/provider-google` is made from. */
const googleProvider = { source: 'hashicorp/google', version: '6.50.0' } as const;

/** A look-up of the registry that hangs is no answer. */
const maxProbeMillis = 60_000;
const maxRunMillis = 600_000;

/** Runs Terraform without colours, questions and the look-up of newer versions. */
export function terraform(
  folder: string,
  args: readonly string[],
  timeoutMillis = maxRunMillis,
): SpawnSyncReturns<string> {
  return spawnSync('terraform', [`-chdir=${folder}`, ...args], {
    encoding: 'utf8',
    maxBuffer: 1_024 * 1_048_576,
    env: {
      ...process.env,
      CHECKPOINT_DISABLE: '1',
      TF_IN_AUTOMATION: '1',
      TF_INPUT: '0',
      // Nothing that is planned here asks Google; the provider wants a token all the same.
      GOOGLE_OAUTH_ACCESS_TOKEN: 'dummy',
    },
    timeout: timeoutMillis,
  });
}

/** Why stacks cannot be planned here: no Terraform, or no provider that `terraform init` finds. Undefined: they can. */
export function whyNoTerraform(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'edi-provider-'));
  try {
    const version = terraform(folder, ['version']);
    if (version.error !== undefined) return 'terraform is not installed';
    const content = { terraform: { required_providers: { google: googleProvider } } };
    writeFileSync(join(folder, 'probe.tf.json'), JSON.stringify(content));
    const init = terraform(folder, ['init', '-backend=false', '-no-color'], maxProbeMillis);
    if (init.status === 0) return undefined;
    const configured = process.env['TF_CLI_CONFIG_FILE'] ?? 'not set';
    return (
      `terraform finds no google provider ${googleProvider.version} (TF_CLI_CONFIG_FILE is ${configured}): ` +
      'it needs the registry, or a configuration that names a mirror'
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
