import { secondLinePrefix } from '../shared/http/line.ts';
import { kinds } from '../shared/needs/kinds.ts';

/** Names of topics, databases and datasets, each by its kind. */
export const topics = namesOf(kinds.topics, ({ topic }) => topic);
export const databases = namesOf(kinds.databases, ({ id }) => id);
export const datasets = namesOf(kinds.datasets, ({ dataset }) => dataset);

function namesOf<Name extends string, Kind>(
  of: Readonly<Record<Name, Kind>>,
  name: (kind: Kind) => string,
): Readonly<Record<Name, string>>;
function namesOf<Kind>(
  of: Readonly<Record<string, Kind>>,
  name: (kind: Kind) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(of).map(([key, kind]) => [key, name(kind)]));
}

/** Topic of an event type: one row a message, pseudonymized. */
export function eventTopic(type: string): string {
  return `${kinds.topicFamilies.event.prefix}${type}`;
}

/** Topic that a subscription's dead letters go to. */
export function deadLetterTopic(subscription: string): string {
  return `dead-letter.${subscription}`;
}

/** Subscription that tries the dead letters of a subscription again. */
export function secondLineSubscription(first: string): string {
  return `${secondLinePrefix}${first}`;
}

/** Subscription that writes down the rows that a table did not take. */
export function unfitRowsSubscription(topic: string): string {
  return `unfit-rows.${topic}`;
}

/** Subscription that keeps a topic's messages as files, where an environment wants that. */
export function archiveSubscription(topic: string): string {
  return `archive.${topic}`;
}

/** Subscription that writes a topic into its table: a BigQuery subscription in the cloud, a reader locally. */
export function tableSubscription(topic: string): string {
  return `to-table.${topic}`;
}

/** Refused events, and which of them were replayed. */
export const [quarantineTable, replayedTable] = kinds.tables.quarantine.tables;
/** What the functions that erase work with. */
export const [quarantinedSubjectsTable, erasedSubjectsTable, erasedPseudonymsTable, sweepsTable] =
  kinds.changes.erasure.tables;
/** Which keys were used to read what is stored, by whom and why. */
export const decryptionsTable = 'decryptions';
/** Rows that their table did not take, each as its message is. */
export const [unfitRowsTable] = kinds.changes.unfitRows.tables;
/** What was taken out of tables, archive and quarantine, and by whom. */
export const [scrubsTable] = kinds.changes.scrubs.tables;
/** Acknowledged events that are gone, and failures of the second line, as the stages tell them. */
export const lossRecordsTable = 'loss_records';
export const deadLetterRecordsTable = 'dead_letter_records';
