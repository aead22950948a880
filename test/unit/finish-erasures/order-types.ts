import type { JsonObject } from '../../../shared/event/json.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const seller = (pointer: string) => ({ realm: 'seller', pointer });
const pseudonymize = { do: 'pseudonymize' };

/** Something of everything that a schema can do with a person's value. */
export const properties: JsonObject = {
  article: { type: 'string' },
  email: { type: 'string', treatment: pseudonymize },
  address: { type: 'string', format: 'ipv4', treatment: { do: 'truncate', to: 'network' } },
  domain: { type: 'string', treatment: { do: 'tokenize', realm: 'customer', domain: 'mail' } },
  seller: {
    type: 'object',
    additionalProperties: false,
    properties: {
      id: { type: 'integer', treatment: { ...pseudonymize, subject: seller('0') } },
      name: { type: 'string', treatment: { ...pseudonymize, subject: seller('1/id') } },
      city: { type: 'string', treatment: { do: 'tokenize', realm: 'seller', domain: 'city', subject: seller('1/id') } },
      since: { type: 'string', format: 'date-time' },
    },
  },
  // Nothing stored says whose it is but its beginning.
  referrer: { type: 'string', treatment: { ...pseudonymize, pad: 16, subject: seller('0') } },
  phones: { type: 'array', items: { type: 'string', treatment: pseudonymize } },
  gifts: {
    type: 'array',
    items: {
      type: 'object',
      additionalProperties: false,
      properties: {
        count: { type: 'integer' },
        card: { type: 'string', treatment: pseudonymize },
        to: { type: 'integer', treatment: { ...pseudonymize, subject: seller('0') } },
        name: { type: 'string', treatment: { ...pseudonymize, subject: seller('1/to') } },
        // Whose it is stands outside of the list.
        from: { type: 'string', treatment: { ...pseudonymize, subject: seller('/seller/id') } },
        parts: {
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            properties: {
              count: { type: 'integer' },
              by: { type: 'integer', treatment: { ...pseudonymize, subject: seller('0') } },
            },
          },
        },
        marks: {
          type: 'object',
          propertyNames: { type: 'string', treatment: { ...pseudonymize, subject: seller('0') } },
          additionalProperties: { type: 'integer' },
        },
      },
    },
  },
  watchers: { type: 'array', items: { type: 'integer', treatment: { ...pseudonymize, subject: seller('0') } } },
  // Padded, so that the beginning alone tells.
  likers: { type: 'array', items: { type: 'string', treatment: { ...pseudonymize, pad: 16, subject: seller('0') } } },
  scores: {
    type: 'object',
    propertyNames: { type: 'string', treatment: { ...pseudonymize, subject: seller('0') } },
    additionalProperties: {
      type: ['integer', 'string', 'object', 'array'],
      additionalProperties: true,
      notPersonal: 'made up',
    },
  },
  notes: {
    type: 'object',
    propertyNames: { type: 'string', treatment: pseudonymize },
    additionalProperties: { type: 'integer' },
  },
};

/** With a table of its own, in alpha, and without a payload. */
export const documents = [
  schemaDocument({ type: 'shop.order.v1', properties }),
  schemaDocument({ type: 'shop.trial.v1', properties, edi: { stage: 'alpha' } }),
  schemaDocument({ type: 'shop.visit.v1' }),
];
