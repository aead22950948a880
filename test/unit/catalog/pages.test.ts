import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Catalog } from '../../../infra/catalog/catalog.ts';
import { renderCatalog } from '../../../infra/catalog/render.ts';
import { readSurroundings } from '../../../infra/catalog/surroundings.ts';
import type { JsonObject } from '../../../shared/event/json.ts';
import {
  catalogOf,
  catalogType,
  markupProblems,
  noSurroundings,
  snippetsOf,
  unescapeHtml,
} from '../../helpers/catalog.ts';
import { makeScratchFolder } from '../../helpers/local-process.ts';
import { schemaDocument, type TestSchema } from '../../helpers/schemas.ts';

const sdks: JsonObject = {
  namespaces: { people: { description: 'Tabs', bucketWidthMillis: 3_600_000 }, slow: { bucketWidthMillis: 25 } },
  realms: {
    customer: {
      description: 'Who buys',
      verified: {
        issuer: 'https://login.example.com',
        audience: 'edi',
        keys: [{ kid: 'key-of-customers', kty: 'oct', secret: 'name-of-a-secret' }],
      },
    },
    courier: { description: 'Who brings' },
  },
  sdks: {
    web: {
      description: 'The shop in the browser',
      namespace: 'people',
      origins: ['https://shop.example.com'],
      key: 'public',
      retryPolicy: { giveUpAfterDays: 7, maxDelayMillis: 60_000 },
    },
    backend: { description: 'Our servers', namespace: 'slow', origins: [], key: 'secret' },
    'legacy-till': { namespace: 'slow', origins: [], key: 'secret' },
  },
};
const mapping: JsonObject = {
  title: 'Tills',
  owner: 'team-shop',
  columns: { sum: { type: 'number', unit: { from: 'cent', to: 'euro' } }, kind: { enum: { C: 'cash', D: 'card' } } },
  events: [
    { when: { kind: ['X', null] }, skip: 'nothing was bought' },
    {
      when: { shop: { not: 'test' }, kind: 'C' },
      type: 'shop.order.v1',
      source: { $template: 'till:{till}' },
      time: 'at',
      data: {
        total: 'sum',
        paid: { by: 'kind', in: { $constant: 'EUR' } },
        bought: { $first: ['at', 'day'] },
        note: { $column: 'extra', pointer: '/note' },
        rest: { $columns: { except: ['at'] } },
      },
    },
  ],
};

const scratch = makeScratchFolder();
afterAll(() => scratch.remove());
mkdirSync(join(scratch.path, 'legacy'));
writeFileSync(join(scratch.path, 'sdks.json'), JSON.stringify(sdks));
writeFileSync(join(scratch.path, 'legacy', 'till.json'), JSON.stringify(mapping));
writeFileSync(join(scratch.path, 'legacy', 'broken.json'), '{');
writeFileSync(
  join(scratch.path, 'owners.json'),
  JSON.stringify({ $comment: 'x', 'team-shop': 'mailto:shop@example.com', 'team-desk': 'room 4, or ask at the desk' }),
);
const surroundings = await readSurroundings(scratch.path);

/** The text of a page of a catalog of these types, its spaces made one. */
function textOf(path: string, schemas: readonly TestSchema[], parts: Partial<Catalog> = {}): string {
  const types = schemas.map((schema) => catalogType(schemaDocument(schema)));
  const page =
    renderCatalog(catalogOf(types, { surroundings, ...parts }))
      .get(path)
      ?.render() ?? '';
  expect(markupProblems(page)).toEqual([]);
  return unescapeHtml(page.replaceAll('<wbr>', '').replaceAll(/<[^>]+>/g, ' ')).replaceAll(/\s+/g, ' ');
}

const typePath = 'types/shop.order.v1.html';

describe('the page of SDK bindings', () => {
  const text = textOf('sdks.html', [{ edi: { sdks: ['web', 'backend', 'legacy-till'] } }, { type: 'shop.cart.v1' }]);

  test('says of each who knows its keys, what it sends, how resends are known, and what it may', () => {
    for (const expected of [
      'web public key The shop in the browser Keys public: whoever has the page or the app has one',
      'Sends shop.order.v1 , shop.cart.v1 Resends namespace people , buckets of 1 hour. Tabs',
      'Gives up after 7 days; it waits 1 second at first, 1 minute at most',
      'Web origins https://shop.example.com',
      'at most 1 installation in a request',
      'at most 8 data subjects in a request',
      'backend secret key Our servers Keys secret: only the servers of one operator have one',
      'buckets of 25 ms',
      'Files mapped by legacy/till.json : Tills',
    ]) {
      expect(text).toContain(expected);
    }
  });

  test('tells no key, and none of what proves people', () => {
    const all = [...renderCatalog(catalogOf([], { surroundings })).values()].map(({ render }) => render()).join('');
    expect(all).not.toMatch(/key-of-customers|name-of-a-secret/);
  });

  test('a catalog without bindings says so', () => {
    expect(textOf('sdks.html', [], { surroundings: noSurroundings })).toContain('There is no binding yet.');
  });
});

describe('the page of data subjects', () => {
  const string = { type: 'string' };
  const ofCourier = { realm: 'courier', pointer: '/courier' };
  const properties = {
    courier: { ...string, treatment: { do: 'pseudonymize', subject: { realm: 'courier', pointer: '' } } },
    phone: { ...string, treatment: { do: 'pseudonymize', keepDays: 30, subject: ofCourier } },
    address: { ...string, treatment: { do: 'tokenize', realm: 'customer', domain: 'fraud' } },
    note: { ...string, treatment: { do: 'drop' } },
    remark: { ...string, treatment: { do: 'drop' } },
    total: { type: 'number' },
  };
  const text = textOf('subjects.html', [{ properties }, { type: 'shop.visit.v1', edi: { subjectRealm: 'visitor' } }]);
  const of = (realm: string) =>
    text
      .split(/(?=\b(?:courier|customer|visitor) (?:not )?verified|\bsource installations)/)
      .find((part) => part.startsWith(realm)) ?? '';

  test('tells of each realm whether it is verified, which types are about it, and what fields hold of it, how treated and for how long', () => {
    expect(of('customer')).toContain('verified Who buys With a public key only who proves to speak for its people');
    expect(of('customer')).toContain('https://login.example.com for edi');
    expect(of('customer')).toContain('is a pseudonym in the table: shop.order.v1 (400 days)');
    expect(of('customer')).toMatch(/shop\.order\.v1 address replaced by a token .* 400 days/);
    expect(of('courier')).toContain('not verified Who brings Whoever has a write key may name its people.');
    expect(of('courier')).toContain('No type is about them.');
    expect(of('courier')).toMatch(/shop\.order\.v1 phone pseudonymized .* 30 days/);
    expect(of('courier')).not.toContain('address');
    expect(of('visitor')).toContain('No field holds anything of them.');
    expect(of('source')).toContain('for 400 to 400 days');
    expect(text).toMatch(/Dropped .* shop\.order\.v1 note , remark dropped: it reaches no topic and no table not kept/);
    expect(text).not.toContain('total');
  });
});

describe('the lineage of a type', () => {
  test('each sender, how files of legacy clients are mapped, the way, and what reads the topic', () => {
    const text = textOf(typePath, [{ edi: { sdks: ['web', 'backend', 'legacy-till', 'gone'] } }]);
    for (const expected of [
      'web , as it is, with a public key: whoever has the page or the app has one The shop in the browser',
      'backend , as it is, with a secret key',
      'legacy-till , as files',
      'Mapped by legacy/till.json (Tills), of team-shop , shop@example.com .',
      'How records of till are mapped: shop is not test and kind is C',
      'source the text till:{till}',
      'data.total sum (number, unit cent to euro)',
      'data.paid.by kind (enum C → cash, D → card)',
      'data.paid.in always "EUR"',
      'data.bought the first that is there of at; day',
      'data.note extra (pointer /note)',
      'data.rest.* every column under its own name (except at)',
      'gone : no binding of this name is known here.',
      'publishes the row to event.shop.order.v1',
      'events.shop_order_v1, events.shop_order what is queried',
      'to-table.event.shop.order.v1 writes it into events_raw.shop_order_v1',
      'tries again what the table did not take',
      'unfit-rows.event.shop.order.v1 writes down in operations.unfit_rows',
      'gcloud pubsub topics list-subscriptions event.shop.order.v1',
    ]) {
      expect(text).toContain(expected);
    }
  });

  test('of a type in alpha it is the shared topic', () => {
    const text = textOf(typePath, [{ edi: { stage: 'alpha' } }]);
    expect(text).toContain('to-table.event.alpha writes it into events_raw.alpha');
    expect(text).not.toContain('event.shop.order.v1');
  });
});

describe('the state of a type', () => {
  test('is drawn where a deployment serves the page; a page of files alone says that it knows no data', () => {
    const [live, ofFiles] = [true, false].map(
      (liveCounts) =>
        renderCatalog(catalogOf([catalogType(schemaDocument({}))], { liveCounts }))
          .get(typePath)
          ?.render() ?? '',
    );
    expect(live).toContain('data-state="../state/shop.order.v1.json"');
    expect(live).not.toContain('know no data');
    expect(ofFiles).not.toContain('data-state');
    expect(ofFiles).toContain('These pages were written from files alone and know no data');
    for (const page of [live, ofFiles]) {
      expect(snippetsOf(page ?? '').get('SQL: how fresh it is')).toContain("WHERE type = 'shop.order.v1'");
    }
  });
});

test('how an owner is reached: a link, or words; nothing where nobody says it', () => {
  const ofOwner = (owner: string) => textOf(typePath, [{ edi: { owner } }]);
  expect(ofOwner('team-shop')).toContain('Owner team-shop , shop@example.com');
  expect(ofOwner('team-desk')).toContain('Owner team-desk , room 4, or ask at the desk');
  expect(ofOwner('team-else')).toContain('Owner team-else Stage');
});

test('SQL stands above the fields, and what is inside fields is folded away in a long type', () => {
  const inner = (count: number) => ({
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(Array.from({ length: count }, (_, at) => [`p${at}`, { type: 'string' }])),
  });
  const pageOf = (count: number) => {
    const types = [catalogType(schemaDocument({ properties: { outer: inner(count) } }))];
    return renderCatalog(catalogOf(types)).get(typePath)?.render() ?? '';
  };
  const [short, long] = [pageOf(20), pageOf(80)];
  expect(long.indexOf('id="query"')).toBeLessThan(long.indexOf('id="fields"'));
  expect(short).toContain('<details class="inside" open>');
  expect(long).toContain('<details class="inside">');
  expect(unescapeHtml(long)).toContain('80 fields inside <code>outer</code>');
  expect(pageOf(3)).not.toContain('field-filter');
});
