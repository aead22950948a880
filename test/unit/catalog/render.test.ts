import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../../infra/catalog/catalog.ts';
import { loadCatalogTypes } from '../../../infra/catalog/load-catalog.ts';
import { renderCatalog } from '../../../infra/catalog/render.ts';
import { readSurroundings } from '../../../infra/catalog/surroundings.ts';
import { readSchemaFolder } from '../../../shared/schema-language/schema-folder.ts';
import {
  catalogOf,
  catalogType,
  markupProblems,
  pagesOf,
  referencesOf,
  searchOf,
  snippetsOf,
  unescapeHtml,
} from '../../helpers/catalog.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const folder = fileURLToPath(new URL('../../../schemas/', import.meta.url));
const { schemas } = await readSchemaFolder(folder);
const own = catalogOf(
  await loadCatalogTypes(
    folder,
    schemas.map((schema) => ({ schema })),
  ),
  { surroundings: await readSurroundings(folder) },
);
const contacts = new Set(own.surroundings.contacts.values());

describe("the project's own event types", () => {
  const pages = pagesOf(own);

  test('every type has a page, and the list links to it', () => {
    const types = own.types.map(({ schema }) => `types/${schema.edi.type}.html`);
    expect(types.length).toBeGreaterThan(0);
    expect([...pages.keys()].sort()).toEqual(['index.html', 'sdks.html', 'subjects.html', ...types].sort());
    expect(referencesOf(pages.get('index.html') ?? '')).toEqual(expect.arrayContaining(types));
  });

  test.each([...pages])('%s is well-formed', (_, page) => {
    expect(markupProblems(page)).toEqual([]);
  });

  test.each([...pages])(
    '%s refers to nothing outside the site but owners, and to nothing that is not there',
    (path, page) => {
      const files = renderCatalog(own);
      for (const reference of referencesOf(page)) {
        if (contacts.has(reference)) continue;
        const { origin, pathname, hash } = new URL(reference, `http://site/${path}`);
        expect(origin, reference).toBe('http://site');
        const target = pathname.slice(1);
        expect(files.has(target), reference).toBe(true);
        if (hash !== '') expect(pages.get(target), reference).toContain(` id="${hash.slice(1)}"`);
      }
    },
  );

  test('a type is found by its table and view; a field by what happens to personal data in it, and whose it is', () => {
    const { entries, words } = searchOf(own);
    const played = entries.find(([type]) => type === 'playback.track-played.v1');
    expect(played?.[1]).toMatch(
      /events\.playback_track_played_v1 events_raw\.playback_track_played_v1 events\.playback_track_played$/,
    );
    expect(played?.[4]).toBe('customer');
    const said = new Map(
      played?.[5].map((field): [string, string | undefined] =>
        Array.isArray(field) ? [field[0], words[field[2] ?? -1]] : [field, undefined],
      ),
    );
    expect(said.get('companions[].display_name')).toBe('personal data PII pseudonymized pseudonymised customer');
    expect(said.get('ms_played')).toBeUndefined();
    expect([...said.keys()]).toContain('ms_played');
    const dropped = entries.find(([type]) => type === 'edi.events-dropped.v1');
    expect(dropped?.[5].every((field) => !Array.isArray(field) || field[2] === undefined)).toBe(true);
  });

  test('every owner of a type says how it is reached', () => {
    for (const { schema } of own.types) {
      const contact = own.surroundings.contacts.get(schema.edi.owner);
      expect(contact, schema.edi.owner).toBeDefined();
      expect(pages.get(`types/${schema.edi.type}.html`)).toContain(`<a href="${contact}">`);
    }
  });

  test.each([...pages])('%s has one first heading, a title, a language, and a place to skip to', (_, page) => {
    expect(page.match(/<h1>/g)).toHaveLength(1);
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).toMatch(/<title>[^<]*Event catalog<\/title>/);
    expect(page).toContain('<main id="main"');
    expect(page).not.toMatch(/ (?:style|on[a-z]+)="/);
  });

  test('a type page tells what the issue of a newcomer is: fields, columns, treatment, subject, SQL, curl, message', () => {
    const page = pages.get('types/playback.track-played.v1.html') ?? '';
    const text = unescapeHtml(page.replaceAll(/<[^>]+>/g, ''));
    for (const expected of [
      'companions[].display_name',
      'data.companions.display_name STRING',
      "pseudonymized with the data subject's key",
      'customer, in companions[].customer_id',
      'one of cellular, ethernet, none, wifi, other',
      'Names of experiments are given by our teams',
      'events.playback_track_played_v1',
      'events_raw.playback_track_played_v1',
      'event.playback.track-played.v1',
      'team-playback',
    ]) {
      expect(text).toContain(expected);
    }
    const snippets = snippetsOf(page);
    expect(snippets.get('SQL: the newest events')).toContain('FROM events.playback_track_played_v1');
    expect(snippets.get('curl: send one event')).toContain('"type": "playback.track-played.v1"');
    expect(JSON.parse(snippets.get('JSON: one message') ?? '')).toMatchObject({ event_key: '<event key>' });
    expect(JSON.parse(snippets.get('JSON: whole-track, accepted') ?? '')).toHaveProperty('track');
  });

  test('the same catalog makes the same bytes', () => {
    expect(pagesOf(own)).toEqual(pages);
  });
});

describe('types in all their states', () => {
  const page = (
    document = schemaDocument({}),
    parts: Parameters<typeof catalogType>[1] = {},
    catalog: Partial<Catalog> = {},
  ) => {
    const type = catalogType(document, parts);
    const path = `types/${type.schema.edi.type}.html`;
    const text =
      renderCatalog(catalogOf([type], catalog))
        .get(path)
        ?.render() ?? '';
    expect(markupProblems(text)).toEqual([]);
    return unescapeHtml(text.replaceAll(/<[^>]+>/g, ''));
  };

  test('no property, no example, no history', () => {
    const text = page();
    expect(text).toContain('The schema declares no property.');
    expect(text).toContain('Add shop/order.v1.case.pass.json beside the schema.');
    expect(text).toContain('Not known here: this is a test.');
  });

  test('history: each commit in words, and what is not committed', () => {
    const [first, second, third] = [
      {},
      { a: { type: 'string' } },
      { a: { type: 'string' }, b: { type: 'integer' } },
    ].map((properties) => schemaDocument({ properties }));
    if (first === undefined || second === undefined) throw new Error('there are three');
    const history = {
      kind: 'commits',
      isCut: true,
      commits: [
        { hash: 'bbbb', day: '2026-02-01', subject: 'Say a', before: first, after: second },
        { hash: 'aaaa', day: '2026-01-01', subject: 'Begin', after: first },
      ],
    } as const;
    const text = page(third, { history });
    expect(text).toMatch(/differs from the last commit:\s*b new: integer/);
    expect(text).toMatch(/2026-02-01 Say a bbbb\s*a new: string/);
    expect(text).toMatch(/2026-01-01 Begin aaaa\s*Added\./);
    expect(text).toContain('git log -- shop/order.v1.json');
    expect(page(second, { history })).not.toContain('differs');
  });

  test('history: a revision that refuses what the one before accepted is marked', () => {
    const revision = (type: string[]) => schemaDocument({ properties: { a: { type } } });
    const [narrow, wide] = [revision(['string']), revision(['string', 'null'])];
    const textOf = (before: typeof narrow, after: typeof narrow) => {
      const commits = [{ hash: 'aaaa', day: '2026-01-01', subject: 'Change a', before, after }];
      return page(after, { history: { kind: 'commits', isCut: false, commits } });
    };
    expect(textOf(narrow, wide)).toMatch(/a string or null, was string/);
    expect(textOf(narrow, wide)).not.toContain('Not compatible');
    expect(textOf(wide, narrow)).toContain('Not compatible: ');
  });

  test('in alpha: the shared view, table and topic, queried by type, and a message of it', () => {
    const properties = { itemCount: { type: 'integer' } };
    const examples = [{ name: 'a', passes: true, data: { itemCount: 2 } }];
    const document = schemaDocument({ properties, edi: { stage: 'alpha' } });
    const text = page(document, { examples });
    for (const name of ['events.alpha', 'events_raw.alpha', 'event.alpha']) expect(text).toContain(`${name}, shared`);
    expect(text).not.toContain('shop_order_v1');
    const pages = pagesOf(catalogOf([catalogType(document, { examples })]));
    const snippets = snippetsOf(pages.get('types/shop.order.v1.html') ?? '');
    expect(snippets.get('SQL: the newest events')).toContain("FROM events.alpha\nWHERE type = 'shop.order.v1' AND ");
    const message = JSON.parse(snippets.get('JSON: one message') ?? '');
    expect(message).toMatchObject({ type: 'shop.order.v1', data: '{"item_count":2}' });
  });

  test('retired: how to send is left out', () => {
    const examples = [{ name: 'a', passes: true, data: {} }];
    expect(page(schemaDocument({ edi: { stage: 'retired' } }), { examples })).toContain(
      'events of this type are rejected',
    );
  });

  test('active: revision and time are shown', () => {
    const active = { revision: 3, activatedAtMillis: Date.UTC(2026, 0, 31, 12, 5) };
    expect(page(schemaDocument({}), { active })).toContain('3, active since 2026-01-31 12:05 UTC');
  });

  test('live counts are asked for only where they are served', () => {
    const [asks, asksNot] = [true, false].map((liveCounts) =>
      pagesOf(catalogOf([catalogType(schemaDocument({}))], { liveCounts })),
    );
    expect(asks?.get('index.html')).toContain('data-counts="counts.json"');
    expect(asks?.get('types/shop.order.v1.html')).toContain('data-counts="../counts.json"');
    expect([...(asksNot?.values() ?? [])].join('')).not.toContain('counts');
  });

  test('the share of legacy files is told where a legacy binding sends the type, and drawn where it is live', () => {
    const legacy = catalogType(schemaDocument({ edi: { sdks: ['ios', 'legacy-tv'] } }));
    const [live, published] = [true, false].map(
      (liveCounts) => pagesOf(catalogOf([legacy], { liveCounts })).get('types/shop.order.v1.html') ?? '',
    );
    expect(live).toContain('data-shares="../legacy/shop.order.v1.json"');
    expect(published).not.toContain('data-shares');
    for (const one of [live, published]) expect(one).toContain('COUNTIF(sdk LIKE &#39;legacy-%&#39;) AS legacy_events');
    expect(page(schemaDocument({ edi: { sdks: ['ios'] } }))).not.toContain('legacy');
  });

  test('other major versions are linked', () => {
    const types = ['shop.order.v1', 'shop.order.v2', 'shop.other.v1'].map((type) =>
      catalogType(schemaDocument({ type })),
    );
    const first = renderCatalog(catalogOf(types)).get('types/shop.order.v1.html')?.render() ?? '';
    expect(first).toContain('<a href="../types/shop.order.v2.html">');
    expect(first).not.toContain('shop.other.v1');
  });

  test('an empty catalog has a page too', () => {
    expect(pagesOf(catalogOf([])).get('index.html')).toContain('There is no event type yet.');
  });
});
