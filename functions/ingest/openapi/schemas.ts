import { maxAttributeBytes } from '../../../shared/event/envelope.ts';
import { asObject, type JsonObject } from '../../../shared/event/json.ts';
import { foreignReasons, type RejectReason, rejectReasons, retryReasons } from '../../../shared/outcome/outcome.ts';
import { tokenProblems } from '../../../shared/subject-tokens/token-proof.ts';
import type { IngestConfig } from '../config.ts';
import { policyOf } from '../policy.ts';
import { problems } from '../problem.ts';

/** Reasons that only later stages give. */
const laterReasons: readonly RejectReason[] = ['revision', 'mapping', 'subject-key', 'subject-proof', 'unreadable'];

const object = (properties: JsonObject, optional: readonly string[] = []): JsonObject => ({
  type: 'object',
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});
const count = (description: string): JsonObject => ({ type: 'integer', minimum: 0, description });
const listed = (meanings: Readonly<Record<string, string>>): string =>
  Object.entries(meanings)
    .map(([name, meaning]) => `- \`${name}\`: ${meaning}`)
    .join('\n');

/** A text that is one of these today: more may come, so that clients take any. */
const oneOf = (meanings: Readonly<Record<string, string>>, description: string): JsonObject => ({
  type: 'string',
  description: `${description} More may come.\n\n${listed(meanings)}`,
  'x-extensible-enum': Object.keys(meanings),
});

/** Why an event can be refused for good here, and what each means. */
function answeredReasons(): Record<string, string> {
  const here = Object.entries(rejectReasons).filter(([reason]) => !laterReasons.some((later) => later === reason));
  return Object.fromEntries(here);
}

function rejectedEvent(): JsonObject {
  const subject = `where \`transient\` is false: ${foreignReasons.subject}; where it is true: ${retryReasons.subject}`;
  const reasons = { ...answeredReasons(), ...foreignReasons, ...retryReasons, subject };
  return object({
    index: count('Place of the event in the request, from 0.'),
    id: {
      type: ['string', 'null'],
      maxLength: maxAttributeBytes,
      description: "The event's own id; null where it has none.",
    },
    transient: {
      type: 'boolean',
      description:
        'True: send it again later. False: drop it; it is in quarantine, but for the reason `subject`, which is kept nowhere.',
    },
    reason: oneOf(reasons, 'Why it was not accepted.'),
    errors: {
      type: 'array',
      description: 'What is wrong, where that can be said. Never a value of the event.',
      items: { $ref: '#/components/schemas/FieldError' },
    },
  });
}

function fieldError(): JsonObject {
  const keywords = listed({ ...tokenProblems, 'token-subject': foreignReasons.subject });
  const properties = {
    path: {
      type: 'string',
      description: 'JSON Pointer (RFC 6901); segments that the schema does not declare are `*`.',
    },
    keyword: {
      type: 'string',
      description: `The broken rule: a keyword of JSON Schema, or of the reason \`subject\` one of\n\n${keywords}`,
    },
    expected: {
      type: 'string',
      description:
        'What was wanted there, for people: type, allowed values, bounds, and how the schema describes it; or what a limit, the envelope or a rule wants. Of the schema and the settings, never of the event.',
    },
  };
  return object(properties, ['expected']);
}

function answer(): JsonObject {
  return object({
    accepted: count('Events that are stored. Resends of earlier requests are among them, and are removed later.'),
    duplicates: count('Events that repeat another of the request.'),
    rejected: {
      type: 'array',
      description: 'Every other event of the request, by its place.',
      items: { $ref: '#/components/schemas/RejectedEvent' },
    },
  });
}

function attribute(description: string): JsonObject {
  const limits = { minLength: 1, maxLength: maxAttributeBytes };
  return { type: 'string', ...limits, description: `${description} At most ${maxAttributeBytes} bytes.` };
}

function event({ maxEventBytes, maxNesting, maxAheadHours }: IngestConfig): JsonObject {
  const bytes = 'JSON in base64, taken as `data`; instead of it.';
  const properties = {
    specversion: { const: '1.0' },
    id: attribute('Made by chance (UUID of version 4 or 7, ULID), once for an event and all its resends.'),
    source: attribute('The installation. With `id` and `time` it is the identity of the event.'),
    type: attribute('Name of an event type of the catalog.'),
    time: {
      type: 'string',
      format: 'date-time',
      description: `When it happened; never changed in a resend. At most ${maxAheadHours} hours ahead.`,
    },
    subject: attribute('The data subject, in the realm of the type.'),
    datacontenttype: { type: 'string', description: 'A JSON type, where it is given.' },
    data: { type: 'object', description: 'As the schema of the type says.' },
    data_base64: {
      type: 'string',
      contentEncoding: 'base64',
      contentMediaType: 'application/json',
      description: bytes,
    },
    sequence: {
      type: ['string', 'integer'],
      description: 'Counts the events of a source and type from 0, so that gaps can be told.',
    },
  };
  const optional = ['subject', 'datacontenttype', 'data', 'data_base64', 'sequence'];
  const limits = `At most ${maxEventBytes} bytes as sent, nested at most ${maxNesting} deep.`;
  return {
    ...object(properties, optional),
    description: `An event in the JSON format of CloudEvents 1.0.2. ${limits} Further attributes are kept nowhere.`,
  };
}

function policy(config: IngestConfig): JsonObject {
  const { retry, limits } = policyOf(config, undefined);
  const number: JsonObject = { type: 'number', minimum: 0 };
  const meanings: Record<keyof typeof retry | keyof typeof limits, JsonObject> = {
    initialDelayMillis: { ...number, description: 'Before the first resend.' },
    maxDelayMillis: { ...number, description: 'No pause is longer.' },
    multiplier: { ...number, description: 'Of the pause, with each resend.' },
    jitter: {
      ...number,
      maximum: 1,
      description: 'A pause is multiplied by a random factor of 1 - jitter to 1 + jitter.',
    },
    giveUpAfterDays: { ...number, description: 'Later resends would not be recognised as such.' },
    onStatus: { type: 'array', items: { type: 'integer' }, description: 'Answers after which all is sent again.' },
    honourRetryAfter: { type: 'boolean' },
    onTransientRejection: { type: 'boolean', description: 'Events that were answered as transient are sent again.' },
    maxRequestEvents: count('Events of a request.'),
    maxBodyBytes: count('Of a body, as sent and inflated.'),
    maxEventBytes: count('Of an event, as sent.'),
    maxNesting: count('Levels of objects and arrays in an event.'),
    lookBackDays: count('How long a resend is recognised.'),
  };
  const partOf = (part: object): JsonObject =>
    object(Object.fromEntries(Object.entries(meanings).filter(([name]) => name in part)));
  return { ...object({ retry: partOf(retry), limits: partOf(limits) }), examples: [{ retry, limits }] };
}

/** Problem details (RFC 9457) of a status, with `members` where they can be there. */
export function problemSchema(status: keyof typeof problems): JsonObject {
  const members = status === 503 ? asObject(answer()['properties']) : {};
  const properties = {
    type: { const: 'about:blank' },
    title: oneOf(problems[status], 'Which problem.'),
    status: { const: status },
    detail: { type: 'string', description: 'What to do about it, for people.' },
    ...members,
  };
  const schema = object(properties, Object.keys(members));
  if (status !== 503) return schema;
  // Either the request as a whole, or each of its events.
  return { ...schema, dependentRequired: { accepted: ['duplicates', 'rejected'], rejected: ['accepted'] } };
}

/** The schemas of the document; limits are those of the settings. */
export function schemasOf(config: IngestConfig): JsonObject {
  return {
    Event: event(config),
    Batch: {
      type: 'array',
      minItems: 1,
      maxItems: config.maxRequestEvents,
      items: { $ref: '#/components/schemas/Event' },
    },
    Form: object(
      {
        data: { type: 'string', description: 'The JSON of an event or of a batch.' },
        key: { type: 'string', description: 'The write key, where it is not in the URL.' },
      },
      ['key'],
    ),
    Answer: answer(),
    RejectedEvent: rejectedEvent(),
    FieldError: fieldError(),
    Policy: policy(config),
    Health: object({
      status: { enum: ['ok', 'starting'] },
      registryVersion: count('0 while no schema is loaded.'),
    }),
  };
}
