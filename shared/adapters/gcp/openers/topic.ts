import type { TopicFamilyKind, TopicKind } from '../../../needs/kind.ts';
import { requireVariable } from '../../../needs/settings.ts';
import type { Environment } from './environment.ts';

export function openTopic(environment: Environment, { variable }: Pick<TopicKind, 'variable'>): string {
  return requireVariable(environment, variable);
}

export function openTopicFamily(
  environment: Environment,
  { variable }: Pick<TopicFamilyKind, 'variable'>,
): (member: string) => string {
  const prefix = requireVariable(environment, variable);
  return (member) => `${prefix}${member}`;
}
