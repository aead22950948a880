/** What Terraform needs before it can do anything, itself included: enabled by hand, once. */
export const bootstrapApis: readonly string[] = ['cloudresourcemanager', 'iam', 'pubsub', 'serviceusage', 'storage'];

/** All that an environment uses, and the stack `foundation` enables; a test compares the two. */
export const requiredApis: readonly string[] = [
  ...bootstrapApis,
  'artifactregistry',
  'bigquery',
  'bigquerydatatransfer',
  'billingbudgets',
  'cloudbuild',
  'cloudfunctions',
  'cloudkms',
  'cloudquotas',
  'cloudscheduler',
  'compute',
  'firestore',
  'logging',
  'monitoring',
  'run',
  'secretmanager',
];
