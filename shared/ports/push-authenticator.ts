export type PushAuthentication =
  | { readonly kind: 'authentic' }
  /** What is wrong, without the token or anything in it. */
  | { readonly kind: 'refused'; readonly problem: string };

/** Tells whether a push request comes from this deployment's own subscriptions. */
export interface PushAuthenticator {
  /** Takes the `Authorization` header. Rejects with `Unavailable` when it cannot be known. */
  check(authorization: string | undefined): Promise<PushAuthentication>;
}
