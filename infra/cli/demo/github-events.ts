import { createRequire } from 'node:module';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../shared/event/json.ts';
import { CliError } from '../cli-error.ts';
import { type DemoEvent, type DemoRun, eventId } from './run.ts';

/** The example payloads of one of GitHub's webhooks. */
export interface WebhookExamples {
  /** GitHub's name of the webhook, such as `pull_request`. */
  readonly name: string;
  readonly payloads: readonly JsonObject[];
}

export interface GitHubEvents {
  readonly events: readonly DemoEvent[];
  /** Payloads whose event would be larger than ingest takes. */
  readonly tooLarge: number;
}

const packageName = '@octokit/webhooks-examples';
/** Between the times of two events. */
const spacingMillis = 37_000;

/** Loads the example payloads. Throws `CliError` where the package is not installed. */
export function loadWebhookExamples(
  load: (name: string) => unknown = createRequire(import.meta.url),
): WebhookExamples[] {
  let webhooks: unknown;
  try {
    webhooks = load(packageName);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND')) throw error;
    throw new CliError(
      `the demo sends the payloads of the npm package ${packageName}, which is not installed here. It is a development dependency: run \`npm ci\` without --omit=dev.`,
    );
  }
  if (!Array.isArray(webhooks))
    throw new CliError(`${packageName} is not what this version of the demo reads: run \`npm ci\``);
  return webhooks.filter(isJsonObject).map(({ name, examples }) => ({
    name: String(name),
    payloads: Array.isArray(examples) ? examples.filter(isJsonObject) : [],
  }));
}

export interface GitHubEventsOptions {
  readonly run: DemoRun;
  /** The event types that are sent. */
  readonly types: ReadonlySet<string>;
  /** One event as compact JSON. */
  readonly maxEventBytes: number;
}

/** An event for each payload whose webhook has an event type, numbered from 0, their times reaching back from the start. */
export function makeGitHubEvents(webhooks: readonly WebhookExamples[], options: GitHubEventsOptions): GitHubEvents {
  const { run, types, maxEventBytes } = options;
  const typed = webhooks.flatMap(({ name, payloads }) => {
    const type = typeOf(name, types);
    return type === undefined ? [] : payloads.map((data) => ({ type, data }));
  });
  const events = typed.map(({ type, data }, at): DemoEvent => {
    const sender = member(data['sender'], 'id');
    return {
      specversion: '1.0',
      id: eventId(run, at),
      source: `https://github.com/${String(member(data['repository'], 'full_name') ?? '')}`,
      type,
      time: new Date(run.startMillis - (at + 1) * spacingMillis).toISOString(),
      ...(sender === undefined ? {} : { subject: String(sender) }),
      data,
    };
  });
  const small = events.filter((event) => Buffer.byteLength(JSON.stringify(event)) <= maxEventBytes);
  return { events: small, tooLarge: events.length - small.length };
}

/** `pull_request` is `github.pull-request.v1`, or a higher version where there is one. */
function typeOf(webhook: string, types: ReadonlySet<string>): string | undefined {
  const start = `github.${webhook.replaceAll('_', '-')}.v`;
  const majors = [...types].filter((type) => type.startsWith(start)).map((type) => Number(type.slice(start.length)));
  return majors.length === 0 ? undefined : `${start}${Math.max(...majors)}`;
}

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) ? (value[name] ?? undefined) : undefined;
}
