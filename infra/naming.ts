/** Names that two places must agree on: who publishes and who subscribes, who writes a table and who reads it. */
export const topics = {
  /** Sealed batches from ingest. Personal data in the clear. */
  received: 'received',
  /** Sealed batches with marks from dedup. Personal data in the clear. */
  deduplicated: 'deduplicated',
  /** Refused events; payload encrypted. */
  quarantine: 'quarantine',
  /** Cloud Storage's notifications of uploaded schemas. */
  schemaUploads: 'schema-uploads',
} as const;

/** Topic of an event type: one row a message, pseudonymized. */
export function eventTopic(type: string): string {
  return `event.${type}`;
}

/** Topic that a subscription's dead letters go to. */
export function deadLetterTopic(subscription: string): string {
  return `dead-letter.${subscription}`;
}

/** Subscription that keeps the messages of a dead letter topic. */
export function holdSubscription(deadLetters: string): string {
  return `hold.${deadLetters}`;
}

/** True for the names that `holdSubscription` makes. */
export function isHold(subscription: string): boolean {
  return subscription.startsWith('hold.');
}

/** Subscription that keeps a topic's messages as files, where an environment wants that. */
export function archiveSubscription(topic: string): string {
  return `archive.${topic}`;
}

/** Subscription that writes a topic into its table: a BigQuery subscription in the cloud, a reader locally. */
export function tableSubscription(topic: string): string {
  return `to-table.${topic}`;
}

/** Firestore databases: one for each kind of data, since IAM is per database. */
export const databases = {
  registry: 'registry',
  claims: 'claims',
  subjectKeys: 'subject-keys',
  writeKeys: 'write-keys',
} as const;

/** Schemas in DuckDB, datasets in BigQuery. */
export const datasets = {
  /** Append-only base tables: one row per delivered message. */
  raw: 'events_raw',
  /** Exact views: one row per event. What analysts query. */
  exact: 'events',
  /** The quarantine. */
  operations: 'operations',
} as const;

export const quarantineTable = 'quarantine';
