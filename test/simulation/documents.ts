import { checkSchemaText } from '../../functions/publish-schema/check-schema.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { goodSchema, text } from '../helpers/publish-world.ts';
import { testSdks } from '../helpers/schemas.ts';
import { day, hour, type TypeName, types } from './plan.ts';

const properties = {
  token: text('Which version of which event this is.'),
  amount: { type: 'integer', description: 'How many.' },
  email: { type: 'string', maxLength: 100, description: 'Whose.', treatment: { do: 'pseudonymize' } },
};
const colour = { colour: text('Which colour.') };

/** Objects of the schema bucket, by what they are published for. */
export const schemaObjects = {
  order: schemaObject('order', {}),
  orderWithColour: schemaObject('order', {}, colour),
  trial: schemaObject('trial', { stage: 'alpha' }),
  promotedTrial: schemaObject('trial', {}),
  late: schemaObject('late', {}),
} as const;

function schemaObject(name: TypeName, edi: JsonObject, more: JsonObject = {}) {
  const document = goodSchema({ ...properties, ...more }, { sdks: ['web', 'phone', 'relay'], ...edi }, types[name]);
  return { name: `shop/${name}.v1.json`, document };
}

/** `sdks.json` in the steps in which the width of `people` changes from days to hours. */
export const widths = {
  days: sdksObject({ bucketWidthMillis: day }),
  bothFirst: sdksObject({ bucketWidthMillis: day, alsoReadBucketWidthMillis: hour }),
  bothThen: sdksObject({ bucketWidthMillis: hour, alsoReadBucketWidthMillis: day }),
  hours: sdksObject({ bucketWidthMillis: hour }),
} as const;

function sdksObject(people: JsonObject) {
  return { name: 'sdks.json', document: { ...testSdks, namespaces: { people, relays: { bucketWidthMillis: hour } } } };
}

const checked = new Map<string, ReturnType<typeof checkSchemaText>>();

/** The real check, once for the same question: it takes far longer than all else here. */
export async function checkOnce(candidate: Parameters<typeof checkSchemaText>[0]) {
  const question = JSON.stringify(candidate);
  const answer = checked.get(question) ?? checkSchemaText(candidate);
  checked.set(question, answer);
  return answer;
}
