import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeHtml, html } from '../../../infra/catalog/html.ts';
import { unescapeHtml } from '../../helpers/catalog.ts';

test('what a template is given is text, what a template made is HTML', () => {
  const inner = html`<em>${'a < b'}</em>`;
  expect(html`<p title="${`"'`}">${inner} & ${3}${undefined}</p>`.toString()).toBe(
    '<p title="&quot;&#39;"><em>a &lt; b</em> & 3</p>',
  );
});

test('lists are joined, at any depth', () => {
  expect(html`${[['<'], html`<b>`, [[1, undefined]]]}`.toString()).toBe('&lt;<b>1');
});

test('no text can leave its place, and every text is shown as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const escaped = escapeHtml(text);
      expect(escaped).not.toMatch(/[<>"']/);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what no page may hold.
      expect(unescapeHtml(escaped)).toBe(text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '\ufffd'));
    }),
  );
});
