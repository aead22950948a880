import type { TypesRead } from '../../completeness/rows-of-types.ts';

/** A type of the catalog, and where its rows are. */
export interface StoredType {
  readonly type: string;
  /** Its rows are in the table that types in alpha share. */
  readonly isAlpha: boolean;
}

/** What a statement reads of it. */
export function readOf({ type, isAlpha }: StoredType): TypesRead {
  return isAlpha ? { own: [], alpha: { only: [type] } } : { own: [type] };
}
