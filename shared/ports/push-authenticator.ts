export type PushAuthentication =
  | {
      readonly kind: 'authentic';
      /** The platform before the function had verified the signature, and taken it out of the token. */
      readonly signature?: 'removed';
    }
  /** What is wrong, without the token or anything in it. */
  | { readonly kind: 'refused'; readonly problem: string };

/** Tells whether a push request comes from this deployment's own subscriptions. */
export interface PushAuthenticator {
  /**
   * Takes the `Authorization` header, and `X-Serverless-Authorization` where there is one: it is what Cloud Run looks at
   * first. Rejects with `Unavailable` when it cannot be known.
   */
  check(authorization: string | undefined, serverlessAuthorization?: string): Promise<PushAuthentication>;
}
