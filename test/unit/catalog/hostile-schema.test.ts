import { describe, expect, test } from 'vitest';
import { catalogMapping } from '../../../infra/catalog/legacy-mapping.ts';
import { renderCatalog } from '../../../infra/catalog/render.ts';
import { defaultRetryPolicy } from '../../../shared/sdks/sdk-bindings.ts';
import { catalogOf, catalogType, markupProblems, referencesOf, searchOf, unescapeHtml } from '../../helpers/catalog.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

describe('a schema that would like to be a page', () => {
  const placeholders = `\${7*7} \`\${process.env.HOME}\` %{7*7} {{7*7}}`;
  const hostile = [
    '</script><script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '"><b onclick="alert(1)">',
    "' onmouseover='alert(1)",
    placeholders,
    '</code></pre><!-- <![CDATA[ &lt;script&gt;',
    'javascript:alert(1)\u0000\u001b[31m',
  ].join(' ');
  const document = schemaDocument({
    type: 'shop.hostile.v1',
    edi: { owner: hostile, description: hostile, sdks: [hostile] },
    properties: {
      a: { type: 'string', description: hostile, enum: [hostile], pattern: hostile },
      b: { type: 'string', format: hostile, notPersonal: hostile },
      c: { type: 'string', const: hostile },
    },
  });
  const type = catalogType(
    { ...document, title: hostile },
    {
      examples: [{ name: hostile, passes: true, data: { a: hostile } }],
      history: { kind: 'commits', isCut: true, commits: [{ hash: 'abc', day: '2026-01-01', subject: hostile }] },
    },
  );
  const namespace = { name: hostile, bucketWidthMillis: 1 };
  const binding = { name: hostile, description: hostile, namespace, origins: [hostile], key: 'public' } as const;
  const mapping = catalogMapping('tv', {
    title: hostile,
    owner: hostile,
    columns: { a: { enum: { [hostile]: hostile } } },
    events: [{ type: 'shop.hostile.v1', when: { [hostile]: hostile }, source: hostile, data: { [hostile]: 'a' } }],
  });
  const catalog = catalogOf([type], {
    liveCounts: true,
    surroundings: {
      bindings: new Map([[hostile, { ...binding, retryPolicy: defaultRetryPolicy }]]),
      realms: new Map([
        ['customer', { name: 'customer', description: hostile, verified: { issuer: hostile, audience: hostile } }],
      ]),
      mappings: [{ ...mapping, sdk: hostile }],
      contacts: new Map([[hostile, 'javascript:alert(1)']]),
    },
  });
  const files = renderCatalog(catalog);
  const hostilePages = ['index.html', 'sdks.html', 'subjects.html', 'types/shop.hostile.v1.html'];

  test.each(hostilePages)('is text in %s', (path) => {
    const page = files.get(path)?.render() ?? '';
    expect(markupProblems(page)).toEqual([]);
    const tags = [...page.matchAll(/<([a-z0-9]+)/g)].map(([, name = '']) => name);
    expect(tags.filter((name) => ['img', 'b'].includes(name))).toEqual([]);
    expect(page.match(/<script/g)).toHaveLength({ 'index.html': 3, 'types/shop.hostile.v1.html': 2 }[path] ?? 1);
    expect(page).not.toMatch(/<[^>]* on[a-z]+="/);
    expect(referencesOf(page).filter((url) => url.startsWith('javascript:'))).toEqual([]);
    expect(unescapeHtml(page)).toContain(placeholders);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what no page may hold.
    expect(page).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/);
  });

  test('is data in the search index', () => {
    expect(searchOf(catalog).entries).toEqual([
      ['shop.hostile.v1', expect.stringContaining('</script>'), 'ga', hostile, 'customer', ['a', 'b', 'c']],
    ]);
  });

  test('cannot make the page load or send anything: the policy stands in it', () => {
    for (const path of hostilePages) {
      const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(
        files.get(path)?.render() ?? '',
      )?.[1];
      expect(unescapeHtml(policy ?? '')).toBe(
        "default-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'",
      );
    }
  });
});
