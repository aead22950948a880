import { canonicalJson } from '../../shared/event/canonical-json.ts';
import type { JsonObject } from '../../shared/event/json.ts';
import { compareAcceptance } from '../../shared/schema-language/acceptance.ts';
import type { CatalogType } from './catalog.ts';
import type { Commit } from './git-history.ts';
import { type Html, html } from './html.ts';
import { revisionChanges } from './revision-changes.ts';

/** More than this of one commit is no list to read. */
const maxChanges = 40;

/** The revisions of a type's schema, the newest first, with what each changed in words. */
export function historySection({ schema: { edi, schema }, history }: CatalogType): Html {
  if (history.kind === 'none') return html`<p>Not known here: ${history.reason}.</p>`;
  const { commits, isCut } = history;
  const committed = commits[0]?.after;
  const differs = committed !== undefined && canonicalJson(committed) !== canonicalJson(schema);
  const file = `${edi.type.replace('.', '/')}.json`;
  return html`${commits.length === 0 ? html`<p>No commit has <code>${file}</code> yet.</p>` : undefined}
${differs ? html`<p>What this page shows differs from the last commit:</p>${changeList(committed, schema)}` : undefined}
<ol class="history">
${commits.map(commitItem)}</ol>
${isCut ? html`<p>There can be older ones: <code>git log -- ${file}</code></p>` : undefined}`;
}

function commitItem({ hash, day, subject, before, after }: Commit): Html {
  const changes = before !== undefined && after !== undefined ? changeList(before, after) : undefined;
  return html`<li>
<p><time datetime="${day}">${day}</time> <strong>${subject}</strong> <code class="hash">${hash}</code></p>
${changes ?? html`<p>${after === undefined ? 'Removed, or no JSON' : 'Added'}.</p>`}
</li>
`;
}

function changeList(before: JsonObject, after: JsonObject): Html {
  const changes = revisionChanges(before, after);
  if (changes === undefined) return html`<p>One of the two cannot be read as a schema.</p>`;
  if (changes.length === 0) {
    const isSame = canonicalJson(before) === canonicalJson(after);
    return html`<p>${isSame ? 'Written another way, with the same meaning.' : 'Changes what these pages do not show.'}</p>`;
  }
  const more = changes.length - maxChanges;
  const breaking = compareAcceptance(before, after).changes.filter((change) => change.breaking);
  return html`<ul>
${changes.slice(0, maxChanges).map(
  ({ subject, text }) => html`<li><code>${subject}</code> ${text}</li>
`,
)}${more > 0 ? html`<li>and ${more} more</li>` : undefined}${breaking.slice(0, maxChanges).map(
  ({ message }) => html`<li><strong>Not compatible:</strong> ${message}</li>
`,
)}</ul>`;
}
