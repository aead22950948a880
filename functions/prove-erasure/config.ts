/** Settings of prove-erasure. */
export interface ProveErasureConfig {
  /** Where clients send to, without a path: an https URL. Must be set. */
  readonly frontDoor: string;
  /** Of the function erase-subject, without a path. Must be set. */
  readonly eraseSubjectUrl: string;
  /** A request without an answer is given up after this. Default 120,000. */
  readonly requestTimeoutMillis: number;
}

export const defaultProveErasureConfig: ProveErasureConfig = {
  frontDoor: '',
  eraseSubjectUrl: '',
  requestTimeoutMillis: 120_000,
};
