import type { Plugin } from 'esbuild';

/*
 * What `@google-cloud/firestore` loads of the generated client beside the client itself, and never needs for documents
 * and transactions: the client of its administration, and the message classes (1.3 MB of code), which only its data
 * bundles and pipelines use. A bundle holds these lines instead. Who uses the rest all the same fails at once, because
 * there is no such class; `test/contract/bundled-registry.test.ts` runs the bundled client through its contract.
 */
const standIns = new Map([
  ['@google-cloud/firestore-api', "exports.v1 = require('@google-cloud/firestore-api/build/src/v1');"],
  [
    '@google-cloud/firestore-api/build/src/v1',
    "exports.FirestoreClient = require('@google-cloud/firestore-api/client_v1').FirestoreClient;",
  ],
  ['@google-cloud/firestore-api/build/protos/protos', 'exports.google = { firestore: { v1: {} }, protobuf: {} };'],
]);

const namespace = 'stand-in';

/** An esbuild plugin that leaves out of a bundle what packages load and no function uses. */
export function leaveOutUnused(projectFolder: string): Plugin {
  return {
    name: 'leave-out-unused',
    setup(build) {
      build.onResolve({ filter: /^@google-cloud\/firestore-api/ }, ({ path }) =>
        standIns.has(path) ? { path, namespace } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
        contents: standIns.get(path) ?? '',
        loader: 'js',
        resolveDir: projectFolder,
      }));
    },
  };
}
