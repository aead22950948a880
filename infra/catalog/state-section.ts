import { datasets } from '../naming.ts';
import type { Catalog, CatalogType } from './catalog.ts';
import { type Html, html } from './html.ts';
import { snippet } from './layout.ts';
import { typeStatePath } from './paths.ts';

/** How many days of completeness and hours of freshness the plots of a deployment have. */
export const stateDays = 14;
export const stateHours = 24;

/** How complete and how fresh the rows of a type are: drawn where a deployment serves the page, else as SQL alone. */
export function stateSection({ liveCounts }: Catalog, { schema: { edi } }: CatalogType): Html {
  const plots = liveCounts
    ? html`<div id="plots" data-state="../${typeStatePath(edi.type)}">
<h3>Completeness, the last ${stateDays} days</h3>
<figure id="completeness" class="plot"><figcaption>Not known yet.</figcaption></figure>
<h3>Freshness, the last ${stateHours} hours</h3>
<figure id="freshness" class="plot"><figcaption>Not known yet.</figcaption></figure>
</div>
<p>In the cloud schedules keep the same answers in tables; locally <code>edi completeness</code> fills them.</p>`
    : html`<p>These pages were written from files alone and know no data: the catalog of a running deployment draws it. Where events are, the schedules of the system keep the answers up to date:</p>`;
  return html`<p>Events that a client numbers (<code>sequence</code>) tell how many are missing; of others nobody knows. Fresh is how long a row takes from receipt to its table.</p>
${plots}
${snippet('SQL: how complete its days are', completenessSql(edi.type))}
${snippet('SQL: how fresh it is', freshnessSql(edi.type))}`;
}

/** What the schedules, or `edi completeness` locally, have computed last. */
function completenessSql(type: string): string {
  return [
    'SELECT day, sdk, received, missing, refused, lost, unexplained, may_come, unnumbered',
    `FROM ${datasets.operations}.completeness`,
    `WHERE type = '${type}' AND day >= CURRENT_DATE - INTERVAL ${stateDays} DAY`,
    'ORDER BY day, sdk',
  ].join('\n');
}

function freshnessSql(type: string): string {
  return [
    'SELECT region, newest_received, newest_row, row_count, p50_seconds, p99_seconds',
    `FROM ${datasets.operations}.freshness`,
    `WHERE type = '${type}'`,
    'ORDER BY region',
  ].join('\n');
}
