import type { QueryRows } from '../../../shared/adapters/embedded/duckdb/query.ts';
import { tableName } from '../../../shared/event-types/table.ts';
import { datasets } from '../../naming.ts';
import { playbackType } from './playback-events.ts';
import type { Ask } from './query-rows.ts';
import type { DemoRun } from './run.ts';

const workflowRunType = 'github.workflow-run.v1';

/** A question of a product team, and its answer from the exact views. */
export interface Question {
  readonly question: string;
  readonly sql: string;
  /** The column of the answer that counts events, and which types' it counts, so that the answer can be checked. */
  readonly counted: { readonly column: string; readonly typePrefix: string };
}

export interface AnsweredQuestion extends Question {
  readonly result: QueryRows;
}

/** The demo's questions, about the events of this run. The SQL is such that BigQuery and DuckDB take it alike. */
export function questionsOf(run: DemoRun, types: readonly string[]): Question[] {
  const ofRun = `WHERE event_id LIKE '${run.idPrefix}%'`;
  const view = (type: string) => `${datasets.exact}.${tableName(type)}`;
  const activity = types
    .filter((type) => type.startsWith('github.'))
    .map(
      (type) =>
        `  SELECT '${type}' AS type, data.repository.full_name AS repository, data.sender.id AS person FROM ${view(type)} ${ofRun}`,
    );
  return [
    {
      question: 'Which repositories are the most active, and in what? (Names are pseudonyms.)',
      sql: `SELECT repository, type, COUNT(*) AS events, COUNT(DISTINCT person) AS people
FROM (
${activity.join('\n  UNION ALL\n')}
)
GROUP BY repository, type
ORDER BY events DESC, repository, type`,
      counted: { column: 'events', typePrefix: 'github.' },
    },
    {
      question: 'How many runs of each workflow succeed?',
      sql: `SELECT data.workflow_run.workflow_id AS workflow,
  COUNT(*) AS runs,
  COUNT(data.workflow_run.conclusion) AS concluded,
  COUNT(CASE WHEN data.workflow_run.conclusion = 'success' THEN 1 END) AS succeeded,
  ROUND(100 * COUNT(CASE WHEN data.workflow_run.conclusion = 'success' THEN 1 END)
    / NULLIF(COUNT(data.workflow_run.conclusion), 0), 1) AS success_percent
FROM ${view(workflowRunType)}
${ofRun}
GROUP BY workflow
ORDER BY runs DESC, workflow`,
      counted: { column: 'runs', typePrefix: workflowRunType },
    },
    {
      question: 'How many minutes are listened to per day and platform?',
      sql: `SELECT CAST(event_time AS DATE) AS day, data.client.os AS platform,
  COUNT(DISTINCT subject) AS listeners, COUNT(*) AS plays, ROUND(SUM(data.ms_played) / 60000, 1) AS minutes
FROM ${view(playbackType)}
${ofRun}
GROUP BY day, platform
ORDER BY day, platform`,
      counted: { column: 'plays', typePrefix: playbackType },
    },
  ];
}

/** Events that the answer speaks of. */
export function countedEvents({ counted, result }: AnsweredQuestion): number {
  const at = result.columns.findIndex(({ name }) => name === counted.column);
  return result.rows.reduce((sum, row) => sum + Number(row[at] ?? 0), 0);
}

export async function answerQuestions(ask: Ask, questions: readonly Question[]): Promise<AnsweredQuestion[]> {
  const answered: AnsweredQuestion[] = [];
  for (const question of questions) answered.push({ ...question, result: await ask(question.sql) });
  return answered;
}
