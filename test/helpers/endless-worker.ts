import { parentPort } from 'node:worker_threads';

// Answers what is to be answered; else it loops, as a check that does not end.
parentPort?.on('message', ({ text }: { readonly text: string }) => {
  if (text === 'throw') throw new TypeError('as a bug does');
  while (text === 'loop');
  parentPort?.postMessage('fits');
});
