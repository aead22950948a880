import { type AddTo, addLazily, type Commands } from './lazily.ts';

const commands: Commands = {
  new: async ({ parent, io, exit }) => (await import('./schema/new.ts')).addNewCommand(parent, io, exit),
  check: async ({ parent, io, exit }) => (await import('./schema/check.ts')).addCheckCommand(parent, io, exit),
  compat: async ({ parent, io, exit }) => (await import('./schema/compat.ts')).addCompatCommand(parent, io, exit),
  bigquery: async ({ parent, io, exit }) => (await import('./schema/bigquery.ts')).addBigQueryCommand(parent, io, exit),
  types: async ({ parent, io }) => (await import('./schema/types.ts')).addTypesCommand(parent, io),
  format: async ({ parent, io, exit }) => (await import('./schema/format.ts')).addFormatCommand(parent, io, exit),
  lock: async ({ parent, io, exit }) => (await import('./schema/lock.ts')).addLockCommand(parent, io, exit),
  publish: async ({ parent, io, exit }) => (await import('./schema/publish.ts')).addPublishCommand(parent, io, exit),
  status: async ({ parent, io, exit }) => (await import('./schema/status.ts')).addStatusCommand(parent, io, exit),
  docs: async ({ parent, io }) => (await import('./schema/docs.ts')).addDocsCommand(parent, io),
};

/** Adds `edi schema …`: each command has a file of its own in `schema/`. */
export async function addSchemaCommand({ parent, ...to }: AddTo): Promise<void> {
  const schema = parent
    .command('schema')
    .description('work with the schemas of event types: locally, but for publish and status');
  await addLazily(commands, { parent: schema, ...to });
}
