import { afterEach, expect, test, vi } from 'vitest';
import { openFirestore } from '../../../shared/adapters/gcp/firestore-client.ts';
import { grpcStatus } from '../../../shared/adapters/gcp/unavailable.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { Unavailable } from '../../../shared/ports/unavailable.ts';

interface BatchWrite {
  readonly writes: readonly { readonly currentDocument: unknown }[];
}

const answers = vi.hoisted(() => ({ requests: [] as unknown[], statuses: [] as (readonly { code: number }[])[] }));

// Google's emulator never answers so: the client answers as told.
vi.mock('@google-cloud/firestore-api/client_v1', () => ({
  FirestoreClient: class {
    async initialize() {}
    async close() {}
    async batchWrite(request: BatchWrite) {
      answers.requests.push(request);
      return [{ status: answers.statuses.shift() ?? [] }];
    }
  },
}));

afterEach(() => {
  answers.requests.length = 0;
  answers.statuses.length = 0;
});

function writesTo(...paths: string[]) {
  return paths.map((path) => ({ path, fields: {}, expected: 'absent' }));
}

function open(maxWritesPerRequest = 10) {
  const names = { dependency: 'claims' as const, projectId: 'edi', databaseId: 'claims' };
  return openFirestore({ ...names, clock: createManualClock(), settings: { maxWritesPerRequest, maxAttempts: 1 } });
}

const { ok, notFound, alreadyExists, failedPrecondition, aborted } = grpcStatus;

test('each write has the outcome of its own status; lost races of every kind are conflicts', async () => {
  answers.statuses.push([ok, notFound, alreadyExists, failedPrecondition, aborted, ok].map((code) => ({ code })));
  const outcomes = await open().writeEach(writesTo('c/1', 'c/2', 'c/3', 'c/4', 'c/5', 'c/6'));
  expect(outcomes).toEqual(['written', 'conflict', 'conflict', 'conflict', 'conflict', 'written']);
});

test('a status that says nothing of a race is no outcome', async () => {
  // UNKNOWN, DEADLINE_EXCEEDED, PERMISSION_DENIED, INTERNAL (google.rpc.Code).
  for (const code of [2, 4, 7, 13]) {
    answers.statuses.push([{ code: ok }, { code }]);
    await expect(open().writeEach(writesTo('c/1', 'c/2'))).rejects.toThrow(Unavailable);
  }
});

test('an answer with fewer statuses than writes, or with more, is no outcome of any of them', async () => {
  answers.statuses.push([{ code: ok }], []);
  await expect(open().writeEach(writesTo('c/1', 'c/2'))).rejects.toThrow('Firestore did not do its work');
  answers.statuses.splice(0, Infinity, [{ code: ok }, { code: ok }, { code: ok }]);
  await expect(open().writeEach(writesTo('c/1', 'c/2'))).rejects.toThrow(Unavailable);
  // The second request's statuses would be told of the first one's writes.
  answers.statuses.splice(0, Infinity, [{ code: ok }], [{ code: aborted }, { code: ok }]);
  await expect(open(2).writeEach(writesTo('c/1', 'c/2', 'c/3', 'c/4'))).rejects.toThrow(Unavailable);
});

test('what must be absent is asked to be, and what was read to be as it was', async () => {
  answers.statuses.push([{ code: ok }, { code: ok }]);
  await open().writeEach([...writesTo('c/1'), { path: 'c/2', fields: {}, expected: '12.000000034' }]);
  expect(answers.requests).toMatchObject([
    {
      writes: [
        { currentDocument: { exists: false } },
        { currentDocument: { updateTime: { seconds: '12', nanos: 34 } } },
      ],
    },
  ]);
});
