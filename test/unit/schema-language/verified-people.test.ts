import { beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../../shared/event/json.ts';
import { verifiedPeopleProblems } from '../../../shared/schema-language/verified-people.ts';
import { readSdkBindings } from '../../../shared/sdks/sdk-bindings.ts';
import { readVerifiedRealms } from '../../../shared/sdks/verified-realms.ts';
import { eventSchema, schemaDocument, testSdks } from '../../helpers/schemas.ts';
import { customerRealm, signingKey } from '../../helpers/token-issuer.ts';

let sdks: JsonObject;
beforeAll(async () => {
  sdks = { ...testSdks, realms: customerRealm([await signingKey('a')]) };
});

function problemsOf(properties: JsonObject, edi: JsonObject = {}, document: JsonObject = sdks): readonly string[] {
  const schema = eventSchema(schemaDocument({ properties, edi }));
  const speakers = { bindings: readSdkBindings(document).bindings, realms: readVerifiedRealms(document).realms };
  return verifiedPeopleProblems(schema, speakers).map(({ pointer, message }) => `${pointer} ${message}`);
}

const of = (pointer: string, realm = 'customer'): JsonObject => ({
  type: 'string',
  treatment: { do: 'pseudonymize', subject: { realm, pointer } },
});
const own: JsonObject = { type: 'string', treatment: { do: 'pseudonymize' } };
const inVisitor = { subjectRealm: 'visitor' };

test.each<[string, JsonObject, JsonObject?]>([
  ['the subject alone', { name: own, other: of('0', 'visitor') }],
  ['one person of the data', { id: of('0'), name: of('1/id'), again: of('/id') }, inVisitor],
  ['two people of another realm', { id: of('0', 'visitor'), other: of('0', 'visitor') }],
  ['two people, sent with secret keys', { other: of('0') }, { sdks: ['relay'] }],
  ['two people, sent no more', { other: of('0') }, { stage: 'retired' }],
  ['a value that is dropped', { other: { type: 'string', treatment: { do: 'drop' } } }],
])('%s can be proved', (_, properties, edi) => {
  expect(problemsOf(properties, edi)).toEqual([]);
});

const friends = { type: 'array', items: of('0') };
const scores = {
  type: 'object',
  additionalProperties: { type: 'integer' },
  propertyNames: { treatment: of('0')['treatment'] ?? null },
};
test.each<[string, JsonObject, JsonObject, string]>([
  ['the subject and another', { other: of('0') }, {}, 'people at the subject and /data/other'],
  ['two of the data', { one: of('0'), other: of('0') }, inVisitor, 'people at /data/one and /data/other'],
  ['those of a list', { friends }, inVisitor, 'everybody at /data/friends/*'],
  ['the keys of a map', { scores }, inVisitor, 'everybody at /data/scores/*'],
])('%s cannot be proved with one token', (_, properties, edi, people) => {
  expect(problemsOf(properties, { sdks: ['web', 'relay'], ...edi })).toEqual([
    expect.stringContaining(
      `/edi/sdks "customer" is verified, and this type names ${people}: with the public keys of web`,
    ),
  ]);
  expect(problemsOf(properties, edi, testSdks)).toEqual([]);
});
