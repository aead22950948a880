import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventsIn } from '../check/client-conformance/events-in.ts';
import { isFaultless, type KitOptions, runKit } from '../check/client-conformance/kit.ts';
import { commandOf, knownClients } from '../check/client-conformance/known-clients.ts';
import { scenarios } from '../check/client-conformance/scenarios.ts';
import { projectFolder } from '../helpers/local-process.ts';

// Our Node client under a server that misbehaves on purpose, and that the kit sees what a client does wrong.

const settings = {
  // What a client that is kept from its work for so long gives up on was answered, and counts as sent again.
  timeoutMillis: 2_000,
  patienceMillis: 60_000,
  width: 4,
  env: { NODE_COMPILE_CACHE: join(projectFolder, 'node_modules/.cache/node') },
};

function run(command: string, options: Partial<KitOptions> = {}) {
  return runKit({ command, ...settings, ...options });
}

test('our client passes whole', async () => {
  const { edi } = knownClients;
  const report = await run(edi === undefined ? '' : commandOf(edi));
  expect(report.results.filter((result) => !isFaultless(result))).toEqual([]);
  expect(report.results.map(({ scenario }) => scenario)).toEqual(scenarios.map(({ name }) => name));
  expect(report).toMatchObject({ client: '@edi/client', leftOut: [], isPassed: true });
}, 300_000);

const program = join(import.meta.dirname, 'fixtures', 'faulty-client.ts');
test.each([
  ['forgets', '500', { lost: 4 }],
  ['renames', 'unanswered', { lost: 0, doubled: 3, changed: 3, repeats: 0 }],
  ['insists', 'rejected', { lost: 0, resent: 1, untold: 1 }],
  // Of two events, or twice of one, whose second try came before the other's first.
  ['hurries', '503', { lost: 0, early: expect.toBeOneOf([1, 2]) }],
  ['quits', '401', { lost: 16, died: expect.stringContaining('ended by itself') }],
  ['remembers nothing', 'killed', { doubled: 0, changed: 0 }],
])(
  'a client that %s is found: %s',
  async (fault, scenario, found) => {
    const options = { only: [scenario], patienceMillis: 1_500 };
    const report = await run(`"${process.execPath}" "${program}" ${fault}`, options);
    expect(report.isPassed).toBe(false);
    expect(report.results).toMatchObject([{ scenario, ...found }]);
  },
  120_000,
);

test('events are found in the formats of others, by their own key', () => {
  const inside = { properties: { conformance: 'e-1' } };
  const found = (body: unknown, key: string[]) =>
    eventsIn(JSON.stringify(body), key).map((event) => [event.event, event.key]);
  expect(found({ batch: [{ messageId: 'm-1', ...inside }], sentAt: 'now' }, ['messageId'])).toEqual([
    ['e-1', '["m-1"]'],
  ]);
  expect(found({ data: [{ eid: 'x', ue_pr: JSON.stringify({ data: inside }) }] }, ['eid'])).toEqual([['e-1', '["x"]']]);
  expect(found([{ source: 's', id: 'i', data: { conformance: 'e-2' } }], ['source', 'id'])).toEqual([
    ['e-2', '["s","i"]'],
  ]);
  expect(found({ batch: [inside] }, ['messageId'])).toEqual([['e-1', '']]);
  expect(found({ batch: [{ properties: {} }] }, ['messageId'])).toEqual([]);
});
