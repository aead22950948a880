import { createRequire } from 'node:module';
import { isJsonObject, type JsonObject, type JsonValue } from '../../shared/event/json.ts';

/** A payload that GitHub documents, and the webhook event that it belongs to. */
export interface WebhookExample {
  readonly name: string;
  readonly payload: JsonObject;
}

/** The payloads of `@octokit/webhooks-examples` for github.com. */
export function webhookExamples(): WebhookExample[] {
  const load = createRequire(import.meta.url);
  const definitions: JsonValue = load('@octokit/webhooks-examples/api.github.com/index.json');
  if (!Array.isArray(definitions)) throw new Error('the examples are a list');
  return definitions.flatMap((definition) => {
    const { name, examples } = isJsonObject(definition) ? definition : {};
    if (typeof name !== 'string' || !Array.isArray(examples)) return [];
    return examples.filter(isJsonObject).map((payload) => ({ name, payload }));
  });
}
