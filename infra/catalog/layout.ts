import { join } from 'node:path';
import { type Html, html } from './html.ts';

/** What a page is allowed to load and do: its own style, script and counts, from its own host, and nothing else. */
export const contentSecurityPolicy = "default-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'";

/** The file of what all pages look like, for pages beside the catalog. */
export const commonStyle = join(import.meta.dirname, 'assets', 'catalog.css');

export interface Page {
  readonly title: string;
  /** Path from the page to the catalog's root: empty, or `../`. */
  readonly root: '' | '../';
  /** Scripts to load behind the one of every page, below the root. */
  readonly scripts?: readonly string[];
  readonly liveCounts: boolean;
  readonly body: Html;
}

/** A whole page. Everything it refers to is relative, so that it works below any path and from a folder. */
export function pageText({ title, root, scripts = [], liveCounts, body }: Page): string {
  const countsUrl = liveCounts ? html` data-counts="${root}counts.json"` : undefined;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<link rel="icon" href="${root}assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${root}assets/catalog.css">
<link rel="stylesheet" href="${root}assets/pages.css">
${['assets/catalog.js', ...scripts].map(
  (script) => html`<script src="${root}${script}" defer></script>
`,
)}</head>
<body${countsUrl}>
<a class="skip" href="#main">Skip to the content</a>
${body}
<p id="announcement" class="visually-hidden" role="status"></p>
</body>
</html>
`;
  return page.toString();
}

/** The text of a table that scrolls by itself where it is wide. */
export function scrolledTable(label: string, heads: readonly string[], rows: readonly Html[]): Html {
  return html`<div class="scrolled" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>
${rows}</tbody>
</table></div>
`;
}

/** A name that may break after its dots and underscores. */
export function breakable(name: string): Html {
  const parts = name.split(/(?<=[._])/);
  return html`${parts.map((part, at) => html`${at === 0 ? '' : html`<wbr>`}${part}`)}`;
}

/** Text to copy, in a box that scrolls below its label; the script gives it a button. A `line` is wrapped instead. */
export function snippet(label: string, text: string, kind: 'code' | 'line' = 'code'): Html {
  return html`<div class="snippet ${kind}"><div class="label">${label}</div><pre tabindex="0" role="region" aria-label="${label}"><code>${text}</code></pre></div>`;
}
