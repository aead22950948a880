import { functions } from '../functions/index.ts';
import type { Kinds } from '../shared/needs/kind.ts';
import { kinds, type OurKinds } from '../shared/needs/kinds.ts';
import type { AnyNeeds } from '../shared/needs/needs.ts';

/** What a deployment is derived from beside the event types: the functions by their needs, and what they can need. */
export interface House {
  /** In the order in which an event meets them. */
  readonly functions: readonly AnyNeeds[];
  /** Ours at least: people and agents have rights on some by name. */
  readonly kinds: Kinds & OurKinds;
}

export const ours: House = { functions, kinds };
