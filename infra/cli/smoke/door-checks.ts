import type { JsonObject } from '../../../shared/event/json.ts';
import { smokeSdk, smokeType } from '../../smoke-type.ts';
import { type Finding, failed, ok, type Smoke } from './finding.ts';

/** No key of any environment: nobody has made it. */
const unknownKey = `edi_smoke_${'0'.repeat(43)}`;

export async function lookAtFrontDoor({ ports }: Smoke): Promise<Finding> {
  const { url } = ports.frontDoor;
  const answered = await ports.frontDoor.health();
  if (answered === undefined) return failed(`nobody answers at ${url}: is ingest deployed, and the domain's DNS set?`);
  const { status, body } = answered;
  if (status === 200) return ok(`${url}, registry version ${String(body['registryVersion'])}`);
  if (status === 503) return failed(`${url} has no schemas (503): "edi schema status" says what became of them`);
  if (status === 403) {
    return failed(`${url} answers 403: everybody has to be invoker of ingest (domain-restricted sharing forbids it)`);
  }
  const why = status === 404 ? ': ingest is not deployed there, or its ingress lets nobody in from here' : '';
  return failed(`${url} answers ${status} to GET /health${why}`);
}

export async function lookAtAuthentication({ ports }: Smoke): Promise<Finding> {
  const { frontDoor } = ports;
  const without = (await frontDoor.withoutKey())?.status;
  const unknown = await frontDoor.client(unknownKey).send('[]');
  const wrong = unknown.kind === 'refused' ? unknown.status : unknown.kind;
  const stranger = await ports.replayWithoutToken();
  const seen = `without a key ${without}, with an unknown one ${wrong}, replay without a token ${stranger}`;
  if (without === undefined || stranger === undefined) return failed(`no answer to one of them: ${seen}`);
  if (without !== 401 || wrong !== 401) return failed(`ingest has to answer 401: ${seen}`);
  return stranger === 401 || stranger === 403
    ? ok(seen)
    : failed(`replay has to answer 401 or 403: ${seen}. Its invokers have to be the operators alone`);
}

export async function lookAtAcceptance({ ports, events }: Smoke): Promise<Finding> {
  return answerTo(ports, [events.first], 'one event');
}

/** What ingest says to events that all have to be accepted. */
export async function answerTo(
  { frontDoor, key }: Smoke['ports'],
  events: readonly JsonObject[],
  what: string,
): Promise<Finding> {
  const outcome = await frontDoor.client(key).sendEvents(events);
  if (outcome.kind === 'gave-up') return failed(`not taken: ${outcome.problem}`);
  if (outcome.kind === 'refused') return failed(`${outcome.detail}${adviceOn[outcome.status] ?? ''}`);
  const [rejected] = outcome.answer.rejected;
  if (rejected !== undefined) {
    return failed(`rejected: ${rejected.reason}${adviceOn[rejected.reason] ?? ''}`);
  }
  const retries = outcome.retries === 0 ? '' : ` after ${outcome.retries} retries`;
  return outcome.answer.accepted === events.length
    ? ok(`${what}${retries}`)
    : failed(`${outcome.answer.accepted} of ${events.length} events are accepted`);
}

const makeKey = `: make a key with "edi keys create --sdk ${smokeSdk}", and give it in EDI_KEY`;
const adviceOn: Readonly<Record<string, string>> = {
  401: makeKey,
  403: `: sdks.json has to have the binding ${smokeSdk}`,
  sdk: `: the key is of another SDK${makeKey}`,
  'unknown-type': `: deploy the event types of domain edi; "edi schema status ${smokeType}" says what became of the schema`,
};
