import type { Command } from 'commander';
import { findLastKey } from '../../shared/erasure/last-key.ts';
import { readSubject } from '../../shared/erasure/read-subject.ts';
import type { EventSchema } from '../../shared/event-types/event-schema.ts';
import type { DataSubject } from '../../shared/event-types/project.ts';
import { readSchemaFolder } from '../../shared/schema-language/schema-folder.ts';
import { breakGlassQuery } from '../break-glass-sql.ts';
import { googleSql } from '../sql-dialect.ts';
import { CliError } from './cli-error.ts';
import type { CommandIo } from './command-io.ts';
import { envOption } from './env-option.ts';
import { schemaFolder } from './find-deployment.ts';
import { addPersonNames, type PersonNames } from './subject-person.ts';
import { type OpenBreakGlassKeys, openBreakGlassKeys } from './subject-sql-keys.ts';
import { typeOption } from './type-option.ts';

interface SqlFlags extends PersonNames {
  readonly type: string;
  readonly env: string;
}

const help = `
For break-glass, where export-subject does not answer: needs the rights of that group, which are in the audit logs with each
use. One person and one type a query, since BigQuery takes the keyset as a constant; run it with \`bq query\` or in the console.
Its text names the record of the key and no person, holds nothing that opens without Cloud KMS, and stays in BigQuery's history of
jobs for half a year.
`;

/** Adds `edi subject sql`. */
export function addSubjectSql(
  subject: Command,
  io: CommandIo,
  { open = openBreakGlassKeys, schemas = schemaFolder }: { open?: OpenBreakGlassKeys; schemas?: string } = {},
): void {
  addPersonNames(subject.command('sql'))
    .description('BigQuery SQL that decrypts what is stored of a person in one type, for break-glass')
    .addOption(typeOption('of this event type, as this checkout has it').makeOptionMandatory())
    .addOption(envOption('of which environment'))
    .addHelpText('after', help)
    .action(async ({ type, env, ...names }: SqlFlags) => {
      const person = readSubject({ ...names });
      if (typeof person === 'string') throw new CliError(`say whom: it ${person}`);
      if (env === 'local')
        throw new CliError('this is for an environment, with --env: here `edi subject export` answers');
      const schema = await schemaOf(type, schemas);
      await io.out.write(await queryFor(person, schema, await open(env)));
    });
}

async function schemaOf(type: string, folder: string): Promise<EventSchema> {
  const { schemas } = await readSchemaFolder(folder, { compile: false });
  const schema = schemas.find(({ edi }) => edi.type === type);
  if (schema === undefined) throw new CliError(`${folder} has no usable schema of ${type}`);
  if (schema.edi.stage === 'alpha')
    throw new CliError(`${type} is in alpha and has no table of its own: export instead`);
  return schema;
}

async function queryFor(
  person: DataSubject,
  schema: EventSchema,
  keys: Awaited<ReturnType<OpenBreakGlassKeys>>,
): Promise<string> {
  try {
    const { id: recordId, encryptedKeyset, erasedAtMillis } = await findLastKey(person, keys);
    const erased = erasedAtMillis === undefined ? undefined : new Date(erasedAtMillis).toISOString();
    if (encryptedKeyset === undefined) {
      throw new CliError(
        erased === undefined ? 'nobody of this name has a key' : `erased on ${erased}: nothing can be read`,
      );
    }
    const { keyResource, wrappedMaster, projectId } = keys;
    const key = { keyResource, wrappedMaster, recordId, encryptedKeyset };
    return breakGlassQuery(schema, key, googleSql(projectId));
  } finally {
    await keys.close();
  }
}
