import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';
import { parseJson } from '../../shared/event/json.ts';
import { type UsedCalls, usedProtos } from './used-protos.ts';

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

/** What functions call of an API, by the package whose description is read with its first client. */
const usedCalls: Readonly<Record<string, UsedCalls>> = {
  'firestore-api': {
    'google.firestore.v1.Firestore': [
      'BatchGetDocuments',
      'BatchWrite',
      'BeginTransaction',
      'Commit',
      'ListDocuments',
      'Rollback',
      'RunQuery',
    ],
  },
  'pubsub-api': { 'google.pubsub.v1.Publisher': ['Publish'] },
};
const describedApi = /[\\/]@google-cloud[\\/](firestore-api|pubsub-api)[\\/]build[\\/]protos[\\/]protos\.json$/;

/**
 * Modules of packages, by where they end, with what a bundle holds instead: the little of them that is used. Of
 * OpenTelemetry's core that is the reader of one header, of Pub/Sub's generated clients the publisher; the polyfills are for a Node
 * without `URL` and streams of the web.
 */
const replaced = new Map([
  [
    '@opentelemetry/core/build/src/index.js',
    "exports.W3CTraceContextPropagator = require('./trace/W3CTraceContextPropagator').W3CTraceContextPropagator;",
  ],
  [
    '@google-cloud/pubsub-api/build/src/index.js',
    `const { PublisherClient } = require('./v1/publisher_client');
// Its scopes are asked for; whoever makes one fails at once, because it is no class.
Object.assign(exports, { PublisherClient, SubscriberClient: { scopes: PublisherClient.scopes } });`,
  ],
  ['whatwg-url/lib/public-api.js', 'exports.URL = URL;'],
  ['web-streams-polyfill/dist/ponyfill.es2018.js', ''],
  // Clients of what no function asks for, which every generated client makes beside itself, with descriptions to read.
  ['google-gax/build/src/iamService.js', `exports.IamClient = ${unusedClient()};`],
  ['google-gax/build/src/locationService.js', `exports.LocationsClient = ${unusedClient()};`],
]);
const replacedModules =
  /node_modules[\\/](@opentelemetry|@google-cloud|google-gax|whatwg-url|web-streams-polyfill)[\\/]/;

function unusedClient(): string {
  return 'class { initialize() { return Promise.resolve(); } close() { return Promise.resolve(); } }';
}

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
      build.onLoad({ filter: replacedModules }, ({ path }) => {
        const contents = replaced.get(path.replaceAll('\\', '/').split('node_modules/').at(-1) ?? '');
        return contents === undefined ? undefined : { contents, loader: 'js' };
      });
      build.onLoad({ filter: describedApi }, ({ path }) => {
        const calls = usedCalls[describedApi.exec(path)?.[1] ?? ''] ?? {};
        return { contents: JSON.stringify(usedProtos(parseJson(readFileSync(path, 'utf8')), calls)), loader: 'json' };
      });
      build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
        contents: standIns.get(path) ?? '',
        loader: 'js',
        resolveDir: projectFolder,
      }));
    },
  };
}
