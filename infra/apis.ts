/** What Terraform needs before it can do anything, itself included: enabled by hand, once. */
export const bootstrapApis: readonly string[] = ['cloudresourcemanager', 'iam', 'pubsub', 'serviceusage', 'storage'];

/** All that an environment uses, also what only Google's own services call: the stack `foundation` enables them. */
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
