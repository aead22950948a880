import { asObject, type JsonObject } from '../../shared/event/json.ts';
import { expect, type Violation } from './violation.ts';

/*
 * BigQuery's limits on what is written in a statement ("Quotas and limits": Query jobs, Tables, Views). Terraform plans more,
 * and so does a scheduled query: it is refused every time that it runs.
 */
const maxViewCharacters = 256_000;
const maxQueryCharacters = 1_000_000;
/** Tables and views, those of which it reads views included. */
const maxReferences = 1_000;
const maxDescriptionCharacters = 16_384;

interface Declared {
  readonly type: string;
  readonly config: JsonObject;
  /** For people: stack and address. */
  readonly place: string;
}

/** Statements and descriptions of all stacks of an environment that BigQuery would not take. */
export function queryFindings(resources: readonly Declared[]): Violation[] {
  const views = new Map<string, string>();
  for (const { type, config } of resources) {
    const query = asObject(config['view'])['query'];
    if (type !== 'google_bigquery_table' || typeof query !== 'string') continue;
    views.set(`${config['dataset_id']}.${config['table_id']}`, query);
  }
  return resources.flatMap((resource) => [
    ...descriptionFindings(resource),
    ...statementFindings(resource, 'view', maxViewCharacters, views),
    ...statementFindings(resource, 'params', maxQueryCharacters, views),
  ]);
}

function descriptionFindings({ type, config, place }: Declared): Violation[] {
  const { description } = config;
  if (!type.startsWith('google_bigquery_') || typeof description !== 'string') return [];
  const rule = `characters at most: BigQuery takes ${maxDescriptionCharacters}`;
  const { length } = description;
  return expect(length <= maxDescriptionCharacters, `${place}, length of its description`, length, rule);
}

/** Of a view, or of a scheduled query. */
function statementFindings(
  { config, place }: Declared,
  kind: 'view' | 'params',
  maxCharacters: number,
  views: ReadonlyMap<string, string>,
): Violation[] {
  const query = asObject(config[kind])['query'];
  if (typeof query !== 'string') return [];
  const { size } = referencesOf(query, views);
  const fix = kind === 'view' ? 'split the type, or leave parts free-form' : 'split the domain';
  return [
    ...expect(
      query.length <= maxCharacters,
      `${place}, length of its statement`,
      query.length,
      `${maxCharacters} characters at most: ${fix}`,
    ),
    ...expect(
      size <= maxReferences,
      `${place}, tables and views that it reads`,
      size,
      `${maxReferences} at most: ${fix}`,
    ),
  ];
}

/** `<dataset>.<table>` of everything that a statement reads, and that views in it read. */
function referencesOf(query: string, views: ReadonlyMap<string, string>): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [query];
  for (let text = waiting.pop(); text !== undefined; text = waiting.pop()) {
    for (const [, name = ''] of text.matchAll(/`[^`.]+\.(\w+\.\w+)`/g)) {
      if (found.has(name)) continue;
      found.add(name);
      waiting.push(views.get(name) ?? '');
    }
  }
  return found;
}
