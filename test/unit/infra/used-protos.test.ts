import { describe, expect, test } from 'vitest';
import { usedProtos } from '../../../infra/bundle/used-protos.ts';

const string = { type: 'string', id: 1 };
const description = {
  nested: {
    shop: {
      nested: {
        v1: {
          options: { java_package: 'shop' },
          nested: {
            Shop: {
              options: { '(google.api.default_host)': 'shop.example' },
              methods: {
                Buy: {
                  requestType: 'BuyRequest',
                  responseType: 'common.Receipt',
                  responseStream: true,
                  options: { '(google.api.http).post': '/v1/buy' },
                  parsedOptions: [{}],
                },
                Sell: { requestType: 'SellRequest', responseType: 'common.Receipt' },
              },
            },
            BuyRequest: {
              oneofs: { what: { oneof: ['item', 'list'] } },
              fields: {
                item: { type: 'Item', id: 1 },
                list: { type: 'List', id: 2, options: { '(google.api.field_behavior)': 'REQUIRED', packed: false } },
              },
              nested: {
                List: { fields: { items: { rule: 'repeated', type: 'Item', id: 1 } } },
                Unused: { fields: {} },
              },
            },
            Item: {
              fields: {
                kind: { type: 'Kind', id: 1 },
                parts: { keyType: 'string', type: 'Item', id: 2 },
                name: { ...string, options: { proto3_optional: true } },
              },
              nested: { Kind: { values: { NEW: 0, USED: 1 } } },
            },
            List: { fields: { wrong: string } },
            SellRequest: { fields: { name: string } },
          },
        },
      },
    },
    common: { nested: { Receipt: { fields: { number: string } }, Bill: { fields: {} } } },
  },
};

describe('usedProtos', () => {
  test('keeps the calls, and what their messages hold, without annotations', () => {
    expect(usedProtos(description, { 'shop.v1.Shop': ['Buy'] })).toEqual({
      nested: {
        shop: {
          nested: {
            v1: {
              nested: {
                Shop: {
                  methods: { Buy: { requestType: 'BuyRequest', responseType: 'common.Receipt', responseStream: true } },
                },
                BuyRequest: {
                  oneofs: { what: { oneof: ['item', 'list'] } },
                  fields: { item: { type: 'Item', id: 1 }, list: { type: 'List', id: 2, options: { packed: false } } },
                  nested: { List: { fields: { items: { rule: 'repeated', type: 'Item', id: 1 } } } },
                },
                Item: {
                  fields: {
                    kind: { type: 'Kind', id: 1 },
                    parts: { keyType: 'string', type: 'Item', id: 2 },
                    name: { ...string, options: { proto3_optional: true } },
                  },
                  nested: { Kind: { values: { NEW: 0, USED: 1 } } },
                },
              },
            },
          },
        },
        common: { nested: { Receipt: { fields: { number: string } } } },
      },
    });
  });

  test.each([
    ['a service', { 'shop.v1.Market': ['Buy'] }, 'shop.v1.Market has no Buy'],
    ['a call', { 'shop.v1.Shop': ['Rent'] }, 'shop.v1.Shop has no Rent'],
  ])('names %s that is not described', (_what, calls, message) => {
    expect(() => usedProtos(description, calls)).toThrow(message);
  });

  test('names a type that is not described', () => {
    const { shop } = description.nested;
    expect(() => usedProtos({ nested: { shop } }, { 'shop.v1.Shop': ['Sell'] })).toThrow('common.Receipt');
  });
});
