import { type Html, html } from './html.ts';

const meanings: Readonly<Record<string, string>> = {
  alpha: 'shared table, may change',
  beta: 'own table, in trial',
  ga: 'generally available',
  retired: 'accepted no more, its table kept',
};

/** The stage as a badge. */
export function releaseStageBadge(stage: string): Html {
  return html`<span class="badge stage-${stage}">${stage}</span>`;
}

/** What a stage means to who reads the data; empty for a stage that needs no words. */
export function releaseStageMeaning(stage: string): string {
  return meanings[stage] ?? '';
}
