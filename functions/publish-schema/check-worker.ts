import { parentPort } from 'node:worker_threads';
import { checkSchemaText, type SchemaText } from './check-schema.ts';

// A thread of its own, so that a schema that takes seconds to compile or to compare delays no request of the process.
parentPort?.on('message', async (candidate: SchemaText) => {
  parentPort?.postMessage(await checkSchemaText(candidate));
});
