import type { Plugin } from 'esbuild';

/*
 * What `@google-cloud/firestore` loads of the generated client beside the client itself, and never needs for documents
 * and transactions: the client of its administration, and the message classes (1.3 MB of code), which only its data
 * bundles and pipelines use. A bundle holds these lines instead. Who uses the rest all the same fails at once, because
 * there is no such class; `bundled-registry.test.ts` and `publisher.test.ts` in `test/contract` run bundled
 * clients through their contracts.
 */
const standIns = new Map([
  ['@google-cloud/firestore-api', "exports.v1 = require('@google-cloud/firestore-api/build/src/v1');"],
  [
    '@google-cloud/firestore-api/build/src/v1',
    "exports.FirestoreClient = require('@google-cloud/firestore-api/client_v1').FirestoreClient;",
  ],
  ['@google-cloud/firestore-api/build/protos/protos', 'exports.google = { firestore: { v1: {} }, protobuf: {} };'],
]);

/**
 * Message classes (2.4 MB of code) that the client of Pub/Sub and `google-gax` load for nothing but to export them again:
 * calls take plain objects, by descriptions in JSON. Of KMS those calls that go on for long need some; no function makes one.
 */
const unusedClasses =
  /[\\/](?:@google-cloud[\\/]pubsub(?:-api)?[\\/]build[\\/]protos[\\/]protos|google-gax[\\/]build[\\/]protos[\\/](?:iam_service|locations|operations))\.js$/;

const namespace = 'stand-in';

/** An esbuild plugin that leaves out of a bundle what packages load and no function uses. */
export function leaveOutUnused(projectFolder: string): Plugin {
  return {
    name: 'leave-out-unused',
    setup(build) {
      build.onResolve({ filter: /^@google-cloud\/firestore-api/ }, ({ path }) =>
        standIns.has(path) ? { path, namespace } : undefined,
      );
      build.onLoad({ filter: unusedClasses }, () => ({ contents: 'exports.google = {};', loader: 'js' }));
      build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
        contents: standIns.get(path) ?? '',
        loader: 'js',
        resolveDir: projectFolder,
      }));
    },
  };
}
