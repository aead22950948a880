import type { IncomingMessage, ServerResponse } from 'node:http';
import { isJsonObject, type JsonObject, parseJson } from '../../shared/event/json.ts';
import { isDate } from '../../shared/event/time.ts';
import { readBody } from '../../shared/http/body.ts';
import { answerJson } from '../../shared/http/http.ts';
import { maxStateHours } from '../completeness/hours-query.ts';
import type { LocalCompleteness } from './local-completeness.ts';

/** A type and two days. */
const maxBodyBytes = 4_096;
const noSuchType = { error: 'the registry has no such event type' };

/** `POST /loss` with a `LossRequest`: `{"rows": […]}`, as the table `operations.completeness` has them. */
export async function answerLoss(
  completeness: LocalCompleteness,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { type, from, to } = await readObject(request);
  const error = 'send {"from": "YYYY-MM-DD", "to": "YYYY-MM-DD"} and, where wanted, "type"';
  if (!isDay(from) || !isDay(to) || !isOptionalText(type)) return answerJson(response, 400, { error });
  const rows = await completeness.loss({ from, to, ...(type === undefined ? {} : { type }) });
  answerJson(response, rows === undefined ? 400 : 200, rows === undefined ? noSuchType : { rows });
}

/** `POST /hours` with an `HoursRequest`: `{"rows": [{hour, type, region, state, …}]}`. */
export async function answerHours(
  completeness: LocalCompleteness,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { type, hours } = await readObject(request);
  const isCount = typeof hours === 'number' && Number.isInteger(hours) && hours >= 1 && hours <= maxStateHours;
  const error = `send {"hours": 1 to ${maxStateHours}} and, where wanted, "type"`;
  if (!isCount || !isOptionalText(type)) return answerJson(response, 400, { error });
  const rows = await completeness.hours({ hours, ...(type === undefined ? {} : { type }) });
  answerJson(response, rows === undefined ? 400 : 200, rows === undefined ? noSuchType : { rows });
}

async function readObject(request: IncomingMessage): Promise<JsonObject> {
  const body = await readBody(request, maxBodyBytes);
  const value = body.kind === 'body' ? parseJson(body.bytes.toString('utf8')) : undefined;
  return isJsonObject(value) ? value : {};
}

function isDay(value: unknown): value is string {
  return typeof value === 'string' && isDate(value);
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
