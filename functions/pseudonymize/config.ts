/** Settings of pseudonymize. */
export interface PseudonymizeConfig {
  /** Unwrapped keys of data subjects held by one instance. Default 20,000 (some 30 MB). */
  readonly maxCachedKeys: number;
  /** How long an unwrapped key is used without asking again; part of the bound of an erasure. Default 300. */
  readonly keyCacheSeconds: number;
  /** Ciphertexts remembered per subject, because names and ids repeat. Default 32. */
  readonly maxRememberedValues: number;
}

export const defaultPseudonymizeConfig: PseudonymizeConfig = {
  maxCachedKeys: 20_000,
  keyCacheSeconds: 300,
  maxRememberedValues: 32,
};
