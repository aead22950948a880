/** What is sent, and what is assumed of how it is handled. Every number of a bill comes from here or from `prices.ts`. */
export interface Workload {
  /** Distinct events a second, the average of a month. */
  readonly eventsPerSecond: number;
  /** Events of a client's request. */
  readonly batchEvents: number;
  /** JSON of an event as the client writes it. */
  readonly eventBytes: number;
  /** Share of the requests that are sent a second time. */
  readonly resendShare: number;
  /** Requests that ingest seals into one message: 1 unless small requests of one SDK meet on one instance. */
  readonly requestsPerMessage: number;
  /** Regions that ingest runs in. */
  readonly regions: number;
  /** Event types that a sealed batch holds: pseudonymize publishes once for each. */
  readonly typesPerBatch: number;
  readonly lookBackDays: number;
  /** How long tables keep their rows. */
  readonly retentionDays: number;
  /** Share of the events whose types keep some values for fewer days than rows (`keepDays`). Default 0. */
  readonly emptiedShare?: number;
  /** How long the raw archive keeps its files. Default 0: there is none. */
  readonly archiveDays?: number;
  /** GB (10^9 bytes) of plain legacy files uploaded a month. Their events are among `eventsPerSecond`. Default 0. */
  readonly legacyGigabytes?: number;
  /** Instances of each function that are kept warm, in each region of it. Default 2, with one region 0. */
  readonly minInstances?: number;
  /** Whether people who are not seen for long are erased (`inactiveSubjectDays`). Default false. */
  readonly inactiveSubjects?: boolean;
  /** Whether the platform's request logs of pushes that were taken are kept. Default false, as the stacks exclude them. */
  readonly stageRequestLogs?: boolean;
  /** Where datasets are. Default `multi-region`. */
  readonly dataIn?: 'region' | 'multi-region';
}

export const defaultWorkload: Omit<Workload, 'eventsPerSecond'> = {
  batchEvents: 50,
  eventBytes: 600,
  resendShare: 0.05,
  requestsPerMessage: 1,
  regions: 3,
  typesPerBatch: 3,
  lookBackDays: 28,
  retentionDays: 400,
};

/** The system in the article that the project follows peaked at nearly 8 million events a second. */
export const maxEventsPerSecond = 8_000_000;

/**
 * Assumptions about handling. Sizes are what `npm run bench -- cost` measures on music events; the core time of a function
 * is in its needs.
 */
export const assumptions = {
  /**
   * Bytes of a sealed batch (index and attributes included) for a byte of its events: the first event is hardly
   * compressed, the others look like it. Measured: 1.04 of the JSON for a batch of 1, 0.12 for 50, 0.09 for 500.
   */
  firstEventShare: 1.04,
  furtherEventShare: 0.1,
  /** Bytes of a row, pseudonyms and envelope columns included, for a byte of the event. Measured: 969 for 700. */
  rowShare: 1.4,
  /** Columns of a row that a daily statement looks into for values past their days. Assumed. */
  emptiedColumnBytes: 50,
  /** An instance is billed while it has requests, also for what its core waits for. */
  cpuUtilisation: 0.6,
  /** How long a request or push is open: what its batch waits for of other services. Assumed, to be measured when deployed. */
  openSeconds: 0.1,
  /** Shares of events. */
  quarantinedShare: 0.001,
  /** Bytes of a fingerprint in a claim document, of what a claim has beside them, and requests that share a document. */
  fingerprintBytes: 8,
  claimBytes: 60,
  requestsPerDocument: 10,
  /** Keys of a request's people that its instance has to read (`subject` and `source` have one each), and new ones. */
  subjectKeyReadsPerRequest: 1.5,
  newSubjectsPerRequest: 0.01,
  /** People and installations of a month for a request: a client sends 40, of two ids. Assumed. */
  seenSubjectsPerRequest: 0.05,
  /** Reads of a mark: by three instances that see its subject, in a list, and beside a later one. Assumed. */
  readsPerMark: 5,
  /** Bytes of a row in the columns that completeness, and that markers and freshness read (pseudonyms 76, keys 34). */
  countedRowBytes: 151,
  markedRowBytes: 38,
  /**
   * Days of events that the hourly query reads, on average over a day: yesterday, the half of today that is there, and in
   * six hours of 24, whose window of 30 hours reaches it, the day before.
   */
  markedDays: 1.75,
  /** Versions of a key that is a year old, rotated every 90 days: Cloud KMS keeps those that decrypt. */
  keyVersions: 5,
  /** A function's image, with its base; not measured. */
  imageGib: 0.3,
  /** Functions that a call of a schedule wakes, itself among them, by its name; others wake one. */
  wokenFunctions: { heartbeat: 4, 'prove-erasure': 5 } as Readonly<Record<string, number>>,
  /** How long a call with a cold start is billed; not measured. */
  coldCallSeconds: 6,
  /** Legacy files: bytes of one (an hour of a busy client's), and of a record. Measured: 124 of the worked example. */
  legacyFileBytes: 100_000_000,
  legacyRecordBytes: 124,
  /** As export-legacy's settings have it: its pace, its checkpoints, and the time of a call. */
  legacyRecordsPerSecond: 10_000,
  legacyCheckpointSeconds: 5,
  legacyCallSeconds: 420,
  /** Objects that a call reads: the mapping, the file, and the snapshot of the registry where it starts cold. */
  legacyReadsPerCall: 3,
  /** Instances of pseudonymize start and ask KMS for the master keyset once. */
  instanceStartsPerDay: 2_000,
} as const;

export const secondsPerMonth = 730 * 3_600;

/** The settings that are numbers within bounds. */
export type WorkloadAmount = Exclude<keyof Workload, 'stageRequestLogs' | 'inactiveSubjects' | 'dataIn'>;

export interface WorkloadProblem {
  readonly setting: WorkloadAmount;
  readonly message: string;
}

/** What is wrong with a workload; empty when a bill can be made of it. */
export function workloadProblems(workload: Workload): WorkloadProblem[] {
  const problems: WorkloadProblem[] = [];
  const within = (setting: WorkloadAmount, min: number, max: number) => {
    const value = workload[setting];
    if (value !== undefined && !(value >= min && value <= max))
      problems.push({ setting, message: `must be from ${min} to ${max}, not ${value}` });
  };
  within('eventsPerSecond', 0.001, maxEventsPerSecond);
  within('batchEvents', 1, 1_000);
  within('eventBytes', 50, 65_536);
  within('resendShare', 0, 1);
  within('requestsPerMessage', 1, 1_000);
  within('regions', 1, 40);
  within('typesPerBatch', 1, 1_000);
  within('lookBackDays', 1, 365);
  within('retentionDays', 1, 3_650);
  within('emptiedShare', 0, 1);
  within('archiveDays', 0, 3_650);
  within('legacyGigabytes', 0, 1_000_000);
  within('minInstances', 0, 1_000);
  return problems;
}
