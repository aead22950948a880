/** What a write key allows. */
export type WriteKeyAnswer =
  | { readonly kind: 'sdk'; readonly sdk: string }
  /** The local deployment's development key only: each event is sent as the first SDK that its type allows. */
  | { readonly kind: 'first-allowed-sdk' }
  | { readonly kind: 'unknown' };

export interface WriteKeys {
  /** Rejects with `Unavailable` when it cannot be known. */
  find(writeKey: string): Promise<WriteKeyAnswer>;
}
