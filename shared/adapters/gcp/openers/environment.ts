import type { DatabaseKind } from '../../../needs/kind.ts';
import { requireVariable } from '../../../needs/settings.ts';
import { projectVariable } from '../../../needs/variables.ts';
import type { Dependency } from '../../../outcome/outcome.ts';

/** What the openers of Google Cloud work with: the variables of a function's process, which `variablesOf` names. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where Google's emulators are, `host:port`: the openers ask them instead of Google when these are set. */
export type EmulatorVariable = 'PUBSUB_EMULATOR_HOST' | 'FIRESTORE_EMULATOR_HOST';

export function projectOf(environment: Environment): string {
  return requireVariable(environment, projectVariable);
}

/** To spread into an adapter's options. */
export function emulatorOf(environment: Environment, variable: EmulatorVariable): { readonly emulatorHost?: string } {
  const emulatorHost = environment[variable];
  return emulatorHost ? { emulatorHost } : {};
}

/** A kind of database; its id names it when it does not answer. */
export interface NamedDatabase extends Pick<DatabaseKind, 'variable'> {
  readonly id: Dependency;
}

/** For either client of Firestore. */
export function databaseOptions(environment: Environment, { id, variable }: NamedDatabase) {
  return {
    dependency: id,
    projectId: projectOf(environment),
    databaseId: requireVariable(environment, variable),
    ...emulatorOf(environment, 'FIRESTORE_EMULATOR_HOST'),
  };
}

/** True where the databases are an emulator's. What has no emulator then has a stand-in. */
export function isBesideEmulators(environment: Environment): boolean {
  return Boolean(environment['FIRESTORE_EMULATOR_HOST']);
}
