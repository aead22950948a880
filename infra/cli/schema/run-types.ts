import { writeFile } from 'node:fs/promises';
import { typeScriptModule } from '../../../shared/schema-language/code/typescript.ts';
import { readSchemaFolder } from '../../../shared/schema-language/schema-folder.ts';
import { CliError } from '../cli-error.ts';
import type { CommandIo } from '../command-io.ts';

interface TypesOptions {
  readonly schemas: string;
  readonly out?: string;
  readonly json: boolean;
}

/** Writes the types. Rejects with `CliError` when the folder cannot be read or a schema in it cannot be used. */
export async function runTypes({ schemas: folder, out, json }: TypesOptions, io: CommandIo): Promise<void> {
  const read = await readSchemaFolder(folder).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(`${folder} cannot be read: ${error.code ?? error.message}`);
  });
  const [problem] = read.problems;
  if (problem !== undefined) {
    throw new CliError(
      `${problem.file} at ${problem.pointer || '(root)'}: ${problem.message}; see \`edi schema check\``,
    );
  }
  const code = typeScriptModule(read.schemas);
  const types = read.schemas.map(({ edi }) => edi.type);
  if (out !== undefined) {
    await writeFile(out, code).catch((error: NodeJS.ErrnoException) => {
      throw new CliError(`${out} cannot be written: ${error.code ?? error.message}`);
    });
  }
  if (json) await io.out.write(`${JSON.stringify({ types, code }, null, 2)}\n`);
  else if (out === undefined) await io.out.write(code);
  else await io.err.write(`${types.length} event types written to ${out}\n`);
}
