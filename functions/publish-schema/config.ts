/** Settings of publish-schema. */
export interface PublishSchemaConfig {
  /** Largest object that is read; what a document of the registry takes. Default 1,000,000. */
  readonly maxObjectBytes: number;
  /**
   * How long after its upload a schema may wait for its table's columns and its SDK bindings, which are deployed before
   * it; then it is refused. Default 120.
   */
  readonly maxWaitMinutes: number;
  /**
   * How long compiling a schema and comparing it with the active revision may take; beyond, it is refused as undecided.
   * Default 20,000.
   */
  readonly maxCheckMillis: number;
  /** How often a check begins anew because another revision became active meanwhile. Default 5. */
  readonly maxRounds: number;
}

export const defaultPublishSchemaConfig: PublishSchemaConfig = {
  maxObjectBytes: 1_000_000,
  maxWaitMinutes: 120,
  maxCheckMillis: 20_000,
  maxRounds: 5,
};
