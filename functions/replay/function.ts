import type { IncomingMessage, ServerResponse } from 'node:http';
import { isJsonObject, type JsonObject, type JsonValue, parseJsonBytes } from '../../shared/event/json.ts';
import { openEventTypes } from '../../shared/event-types/open-event-types.ts';
import { readBody, takeOverBodies } from '../../shared/http/body.ts';
import { failureOf } from '../../shared/http/failure.ts';
import { answer, answerJson, type HttpHandler } from '../../shared/http/http.ts';
import type { PortsOf } from '../../shared/needs/ports.ts';
import { readReplayRequest, replayRunJson } from '../../shared/quarantine/replay-run.ts';
import { checkReplayConfig, defaultReplayConfig, type ReplayConfig } from './config.ts';
import { needs } from './needs.ts';
import { type BegunRun, makeReplay, type ReplayPorts, type WantedRun } from './stage.ts';

/** A request is a filter and three numbers. */
const maxBodyBytes = 4_096;

/** Starts the HTTP function that operators call, on what a deployment opens for it. */
export async function start(ports: PortsOf<typeof needs>, config = defaultReplayConfig): Promise<HttpHandler> {
  checkReplayConfig(config, needs.size.timeoutSeconds);
  return makeReplayFunction(await replayPorts(ports, config));
}

/** What a replay works with, of what a deployment opens. */
async function replayPorts(ports: PortsOf<typeof needs>, config: ReplayConfig): Promise<ReplayPorts> {
  const { clock, random, observer, publisher, topics, databases, rows, secrets } = ports;
  return {
    records: rows.quarantine,
    replays: databases.replays,
    eventTypes: await openEventTypes(ports),
    privateKey: secrets.quarantinePrivateKey,
    receivedTopic: topics.received,
    replayedTopic: topics.replayed,
    publisher,
    clock,
    random,
    observer,
    config,
  };
}

/**
 * `GET`: what is in quarantine, by reason and type, and the last run. `POST` with a `ReplayRequest` begins a run, with
 * `{"resume": true}` or `{"resume": "<id>"}` goes on with one: JSON lines `{"run"}`, the last with `"end"`. A caller that
 * goes away interrupts the run. IAM alone says who may call; a page in somebody's browser may not, whatever it can reach.
 */
export function makeReplayFunction(ports: ReplayPorts): HttpHandler {
  const { observer } = ports;
  const begin = makeReplay(ports);
  takeOverBodies();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.origin !== undefined) return answerJson(response, 403, { error: 'no page may call this' });
    if (request.method === 'GET') return answerJson(response, 200, await overview(ports));
    if (request.method !== 'POST') return answer(response, 405, { headers: { allow: 'GET, POST' } });
    const body = await readBody(request, maxBodyBytes);
    const wanted = body.kind === 'body' ? readWanted(parseJsonBytes(body.bytes)) : undefined;
    if (wanted === undefined) return answerJson(response, 400, { error: usage });
    const begun = await begin(wanted);
    if (begun.kind !== 'begun') return refuse(response, begun);
    await tell(response, begun, ports);
  }

  return async (request, response) => {
    try {
      await handle(request, response);
    } catch (error) {
      const { status, problem } = failureOf(error, observer, { failed: 'replay failed', again: 'try again' });
      if (!response.headersSent) return answerJson(response, status, { error: problem });
      response.end(`${JSON.stringify({ error: problem })}\n`);
    }
  };
}

const usage =
  'send {"filter": {"reason", "type", "recordKey", "keptFromMillis", "keptToMillis"}, "dryRun", "limit", "rate"}, each ' +
  'of which may be absent, or {"resume": true}, or {"resume": "ID"}';

function readWanted(value: JsonValue | undefined): WantedRun | undefined {
  if (!isJsonObject(value)) return undefined;
  const { resume } = value;
  if (resume === true) return { kind: 'resume' };
  if (typeof resume === 'string') return { kind: 'resume', id: resume };
  const request = resume === undefined ? readReplayRequest(value) : undefined;
  return request === undefined ? undefined : { kind: 'new', request };
}

function refuse(response: ServerResponse, begun: Exclude<BegunRun, { readonly kind: 'begun' }>): void {
  if (begun.kind === 'busy') {
    const error = 'another replay runs: wait for its end, or until it has not been heard of for a minute';
    answerJson(response, 409, { error, run: replayRunJson(begun.run) });
  } else {
    answerJson(response, 404, { error: 'no run was interrupted' });
  }
}

type Begun = Extract<BegunRun, { readonly kind: 'begun' }>;

/** Lines until the run or the call ends. */
async function tell(
  response: ServerResponse,
  { run, work }: Begun,
  { clock, config, observer }: ReplayPorts,
): Promise<void> {
  const startedAtMillis = clock.nowMillis();
  let toldAtMillis = startedAtMillis;
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  let last = replayRunJson(run);
  response.write(`${JSON.stringify({ run: last })}\n`);
  // Asked, not listened for: the caller may have gone while the run was counted.
  const running = work(() => response.closed || clock.nowMillis() - startedAtMillis >= config.maxCallSeconds * 1_000);
  for (let step = await running.next(); ; step = await running.next()) {
    if (step.done) {
      observer.log('INFO', 'replay', { end: step.value, run: run.id });
      response.end(`${JSON.stringify({ run: last, end: step.value })}\n`);
      return;
    }
    last = replayRunJson(step.value);
    if (clock.nowMillis() - toldAtMillis < config.progressMillis) continue;
    toldAtMillis = clock.nowMillis();
    response.write(`${JSON.stringify({ run: last })}\n`);
  }
}

async function overview({ records, replays }: ReplayPorts): Promise<JsonObject> {
  const [groups, stored] = await Promise.all([records.groups({}), replays.run()]);
  return {
    groups: groups.map(({ fault, ...group }) => ({
      ...group,
      ...(fault === undefined ? {} : { fault: { ...fault } }),
    })),
    run: stored === undefined ? null : replayRunJson(stored.run),
  };
}
