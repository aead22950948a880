/** What Google takes as a name, by kind of thing, and how to say so. */
export interface NameRule {
  readonly grammar: RegExp;
  readonly rule: string;
}

/** pubsub.proto, `Topic.name` and `Subscription.name`. */
export const pubsubName: NameRule = {
  grammar: /^(?!goog)[A-Za-z][\w.~+%-]{2,254}$/,
  rule: '3 to 255 letters, digits and -_.~+%, a letter first, never beginning with "goog"',
};

/** "Table naming" (BigQuery); we use ASCII alone. */
export const tableNameRule: NameRule = {
  grammar: /^\w{1,1024}$/,
  rule: '1 to 1024 letters, digits and _',
};

/** "Column names" (BigQuery), with the prefixes that it keeps for itself. */
export const columnNameRule: NameRule = {
  grammar: /^(?!_table_|_file_|_partition|_row_timestamp|__root__|_colidentifier)[a-z_]\w{0,299}$/i,
  rule: '1 to 300 letters, digits and _, no digit first, none of the prefixes that BigQuery reserves (_TABLE_, _FILE_, …)',
};

/** `google_service_account.account_id`. */
export const accountIdRule: NameRule = {
  grammar: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
  rule: '6 to 30 lower-case letters, digits and -, a letter first: shorten the name of the function',
};

/** A function's name is that of its Cloud Run service, and part of a host name ("Deterministic URL"). */
export const functionNameRule: NameRule = {
  grammar: /^(?=.{1,49}$)[a-z](?:[a-z0-9-]*[a-z0-9])?$/,
  rule: 'kebab-case, up to 49 characters, a letter first',
};

/** "Bucket names" (Cloud Storage), without dots, which would need a domain of ours. */
export const bucketNameRule: NameRule = {
  grammar: /^(?!goog)(?!.*google)[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/,
  rule: '3 to 63 lower-case letters, digits, - and _, without "google"',
};
