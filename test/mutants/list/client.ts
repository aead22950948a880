import type { Mutant } from '../mutant.ts';

/** Of the client: what it keeps, sends again and gives up. */
export const clientMutants: readonly Mutant[] = [
  {
    name: 'client: transient events are forgotten',
    file: 'shared/client/core/sender.ts',
    old: 'rest.length > 0 ? [rest] : []',
    new: '[]',
    test: 'test/unit/client/resends.test.ts',
  },
  {
    name: 'client: a batch that a server fails on is never halved',
    file: 'shared/client/core/sender.ts',
    old: 'tried >= settings.isolateAfter',
    new: 'false',
    test: 'test/unit/client/resends.test.ts',
  },
  {
    name: 'client: flush ends what Retry-After asks for',
    file: 'shared/client/core/pauses.ts',
    old: '      everything = undefined;\n',
    new: '      everything = asked = undefined;\n',
    test: 'test/unit/client/resends.test.ts',
  },
  {
    name: 'client: a portal ends a batch',
    file: 'shared/client/core/judge.ts',
    old: 'if (account !== undefined && (status === 200 || account.again.length === count)) return account;',
    new: "return account ?? { kind: 'decided', rejected: [], again: [] };",
    test: 'test/unit/client/resends.test.ts',
  },
  {
    name: 'client: the newest of the lowest priority goes first',
    file: 'shared/client/core/queue-model.ts',
    old: '      yield* waiting.values();\n',
    new: '      yield* [...waiting.values()].reverse();\n',
    test: 'test/unit/client/tracking.test.ts',
  },
  {
    name: 'client: after a reset the next event is of the installation before',
    file: 'shared/client/core/client.ts',
    old: '      // What is tracked from here on is kept after the restart.\n      open = undefined;\n',
    new: '',
    test: 'test/unit/client/tracking.test.ts',
  },
  {
    name: 'client: half an operation counts',
    file: 'shared/client/node/segments.ts',
    old: '    if (read.isMore) continue;\n',
    new: '',
    test: 'test/unit/client/segments.test.ts',
  },
  {
    name: 'client: a damaged line is not counted',
    file: 'shared/client/node/segments.ts',
    old: '    damaged += bad;\n',
    new: '',
    test: 'test/unit/client/segments.test.ts',
  },
];
