import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { environmentNames, environmentsFolder } from './environment-names.ts';
import { type Environment, EnvironmentError } from './environments/environment.ts';

/** The environment of a name. Rejects with `EnvironmentError` when its file holds none, or one of another name. */
export async function knownEnvironment(name: string): Promise<Environment> {
  const file = join(environmentsFolder, `${name}.ts`);
  const exported: Readonly<Record<string, Environment>> = await import(pathToFileURL(file).href);
  const environment = Object.values(exported).find((value) => value.name === name);
  if (environment !== undefined) return environment;
  throw new EnvironmentError(`infra/environments/${name}.ts exports no environment whose name is "${name}"`);
}

/** All of them, each in a project and with a state of its own. Rejects with `EnvironmentError`. */
export async function knownEnvironments(): Promise<Environment[]> {
  const environments = await Promise.all(environmentNames().map(knownEnvironment));
  checkApart(environments);
  return environments;
}

/** What two environments must not share, and what becomes of them if they do. */
const ownValues: readonly (readonly [path: string, (one: Environment) => string | undefined, loss: string])[] = [
  ['name', ({ name }) => name, 'their stacks would have one name'],
  ['projectId', ({ projectId }) => projectId, 'names are fixed within a project, so each would take over the other'],
  ['projectNumber', ({ projectNumber }) => projectNumber, 'it is of one project, and URLs and agents are made of it'],
  ['stateBucket', ({ stateBucket }) => stateBucket, 'who may write one state could change the other'],
  ['edge.domain', ({ edge }) => edge?.domain, 'its address is that of one load balancer'],
];

/** Throws `EnvironmentError` when two environments share what each needs for itself. */
export function checkApart(environments: readonly Environment[]): void {
  const problems = ownValues.flatMap(([path, read, loss]) => {
    const owners = new Map<string, string[]>();
    for (const environment of environments) {
      const value = read(environment);
      if (value !== undefined) owners.set(value, [...(owners.get(value) ?? []), environment.name]);
    }
    return [...owners]
      .filter(([, names]) => names.length > 1)
      .map(([value, names]) => `  ${path} is "${value}" in ${names.join(' and ')}: ${loss}`);
  });
  if (problems.length === 0) return;
  throw new EnvironmentError(`these environments would share what each needs for itself:\n${problems.join('\n')}`);
}
