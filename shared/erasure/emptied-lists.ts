import type { Engine } from './data-places.ts';

/** The items of which the condition does not say that they go. */
export function leftItems(
  engine: Engine,
  { items, item, when }: { readonly items: string; readonly item: string; readonly when: string | undefined },
): string {
  const stays = when === undefined ? 'FALSE' : `(${when}) IS NOT TRUE`;
  return engine === 'bigquery'
    ? `ARRAY(SELECT ${item} FROM UNNEST(${items}) AS ${item} WITH OFFSET AS at_${item} WHERE ${stays} ORDER BY at_${item})`
    : `list_filter(${items}, lambda ${item}: ${stays})`;
}

/** The items, each as `made` has it. */
export function changedItems(
  engine: Engine,
  { items, item, made }: { readonly items: string; readonly item: string; readonly made: string },
): string {
  return engine === 'bigquery'
    ? `ARRAY(SELECT ${made} FROM UNNEST(${items}) AS ${item} WITH OFFSET AS at_${item} ORDER BY at_${item})`
    : `list_transform(${items}, lambda ${item}: ${made})`;
}
