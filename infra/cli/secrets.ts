import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { newSecretTexts, type SecretTexts } from '../../shared/adapters/embedded/secrets.ts';
import { systemRandom } from '../../shared/adapters/system-random.ts';
import type { SecretKind } from '../../shared/needs/kind.ts';
import { kinds } from '../../shared/needs/kinds.ts';
import { kindOf } from '../../shared/needs/variables.ts';
import type { Random } from '../../shared/ports/random.ts';
import { CliError } from './cli-error.ts';
import type { CommandIo } from './command-io.ts';

/** Not yet wrapped by Cloud KMS: it is not what Secret Manager is to hold. */
const plainKeysetFile = 'master-keyset.plain';

/** Adds `edi secrets FOLDER`. */
export function addSecretsCommand(program: Command, io: CommandIo, random: Random = systemRandom): void {
  program
    .command('secrets')
    .description("make the secrets of a new environment as files, for Secret Manager's `versions add --data-file`")
    .argument('<folder>', 'a new folder, which only you can read')
    .action(async (folder: string) => {
      writeSecrets(folder, random);
      await io.out.write(
        `${folder} holds a file for each secret; ${plainKeysetFile} is to be wrapped by Cloud KMS first.\n` +
          'Without them nothing that the environment stores can be read: keep no copy but those in Secret Manager, and\n' +
          'delete the folder when they are there.\n',
      );
    });
}

function writeSecrets(folder: string, random: Random): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new CliError(exists ? `${folder} is there already; name a new folder` : `${folder} cannot be made`);
  }
  const texts: Readonly<SecretTexts> = newSecretTexts(random);
  const write = (file: string, content: string | Uint8Array) =>
    writeFileSync(join(folder, file), content, { mode: 0o600, flag: 'wx' });
  for (const [name, text] of Object.entries(texts)) {
    const { id, form } = kindOf<SecretKind>(kinds.secrets, name);
    if (form === 'masterKeyset') write(plainKeysetFile, Buffer.from(text, 'base64'));
    else write(id, text);
  }
}
