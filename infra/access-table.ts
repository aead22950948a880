import { grantsOf } from './access.ts';
import type { Grant, Grantee, GrantTarget } from './grants.ts';
import type { Topology } from './topology.ts';

/** Markdown: who may do what, for people; the names of event types are left open. */
export function accessTable(topology: Topology): string {
  const rows = grantsOf(topology).map((grant) => [
    granteeText(grant.who),
    roleText(grant),
    targetText(grant.on),
    grant.why,
  ]);
  const lines = [['who', 'role', 'on', 'why'], ['---', '---', '---', '---'], ...rows].map(
    (cells) => `| ${cells.join(' | ')} |`,
  );
  return `${[...new Set(lines)].join('\n')}\n`;
}

function roleText({ role }: Grant): string {
  return `\`${role.replace('roles/', '')}\``;
}

function granteeText(who: Grantee): string {
  switch (who.kind) {
    case 'function':
      return `**${who.name}**`;
    case 'push':
    case 'schedule':
      return `${who.kind} account of ${who.name}`;
    case 'build':
      return 'build account';
    case 'queries':
      return 'account of scheduled queries';
    case 'completeness':
      return 'scheduled queries';
    case 'agent':
      return who.name === 'pubsub' ? "Pub/Sub's agent" : "Cloud Storage's agent";
    case 'group':
      return groupNames[who.name];
    case 'clearDataReaders':
      return 'listed readers of clear data';
    case 'everybody':
      return '**everybody**';
  }
}

const groupNames = {
  analysts: 'analysts',
  operators: 'operators',
  breakGlass: 'break-glass',
  schemaPublishers: 'schema-publishers',
} as const;

function targetText(on: GrantTarget): string {
  switch (on.kind) {
    case 'project':
      return on.onlyBuckets === undefined ? 'the project' : `buckets \`${on.onlyBuckets}…\``;
    case 'pushAccount':
      return `push account of ${on.name}`;
    default:
      return `${on.kind} \`${on.name.replace(/event\.[a-z0-9-]+\.[a-z0-9-]+\.v\d+$/, 'event.<type>')}\``;
  }
}
