import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { defaultDedupConfig } from '../../functions/dedup/config.ts';
import { claimDocumentKey, fingerprintsOf } from '../../functions/dedup/fingerprint.ts';
import { dedupPorts } from '../../functions/dedup/function.ts';
import { needs } from '../../functions/dedup/needs.ts';
import { makeDedupStage } from '../../functions/dedup/stage.ts';
import { pickPorts } from '../../shared/needs/held-ports.ts';
import { makeCountingObserver } from '../../shared/observe/json-observer.ts';
import { delivered, identitiesOf, sealAt, sealedMessage, startMillis, testNamespace } from '../helpers/batches.ts';
import { memoryPortsWith } from '../helpers/memory-ports.ts';
import { day } from '../helpers/schemas.ts';
import { profile } from './profile.ts';
import { runsOf, spreadOf, spreadText, takeTurns } from './turns.ts';

/*
 * The stage of dedup over memory ports, beside the keyed hashes alone that its claims need, in turns:
 * npm run bench -- dedup-stage [--rounds 9] [--batch 50] [--profile]
 *
 * Every batch is of one of a thousand installations, and each round is of other events, so that all of them are fresh. Ten
 * rounds are of the same installations, then come others: a claim document has the batches of a day in it, not of all rounds.
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    batch: { type: 'string', default: '50' },
    profile: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const batchEvents = Number(values.batch);
const batches = Math.ceil(20_000 / batchEvents);
const events = batches * batchEvents;

const observer = makeCountingObserver();
const held = await memoryPortsWith([]);
const ports = await dedupPorts(pickPorts(needs, { ...held, publisher: { publish: async () => {} } }, observer));
const stage = makeDedupStage(ports, defaultDedupConfig);

function segmentsOf(round: number) {
  return Array.from({ length: batches }, (_, batch) =>
    Array.from({ length: batchEvents }, (_, at) => {
      const id = `0198c3a0-0000-7000-8000-${String((round * batches + batch) * batchEvents + at).padStart(12, '0')}`;
      const source = `installation-${Math.floor(round / 10)}-${batch % 1_000}`;
      return { id, source, timeMillis: startMillis + at };
    }),
  );
}

// Until the compiler is done with the stage, which takes some 100,000 events, and an instance lives for hours.
const warmUpRounds = 10;

// Only the messages are kept: what they were made of would be swept by the collector's threads while the stage runs.
const prepared = Array.from({ length: warmUpRounds + runsOf(rounds) }, (_, round) =>
  segmentsOf(round).map((segment, batch) =>
    delivered(sealedMessage({ seal: sealAt(startMillis, round * batches + batch), segments: [segment] })),
  ),
);
let next = 0;
const runStage = async () => {
  const claimed = observer.counts.get('claimed') ?? 0;
  for (const message of prepared[next++] ?? []) await stage(message);
  if ((observer.counts.get('claimed') ?? 0) - claimed !== events) throw new Error('not every event was claimed');
};
const namespace = { name: testNamespace, bucketWidthMillis: day };
const printsOf = fingerprintsOf(ports.claimsKey);
const hashed = segmentsOf(0).map((segment) => {
  const entries = segment.map(({ source, id, timeMillis }) => ({ source, id, timeMicros: timeMillis * 1_000 }));
  return { first: entries[0], identities: identitiesOf(entries) };
});
const runHashes = () => {
  for (const { first, identities } of hashed) {
    if (first !== undefined) claimDocumentKey(ports.claimsKey, namespace, first);
    printsOf(identities);
  }
};

for (let round = 0; round < warmUpRounds; round++) await runStage();
if (values.profile) {
  const all = async () => {
    while (next < prepared.length) await runStage();
  };
  for (const line of await profile(all)) console.log(line);
} else {
  const ways = [
    { name: 'stage', run: runStage },
    { name: 'hashes', run: runHashes },
  ];
  const seconds = await takeTurns(ways, rounds);
  const [ofStage = [], ofHashes = []] = ways.map(({ name }) => seconds.get(name));
  const perSecond = spreadOf(ofStage.map((one) => events / one));
  const ratio = spreadOf(ofStage.map((one, at) => one / (ofHashes[at] ?? 0)));
  const [micros, hashMicros] = [ofStage, ofHashes].map((one) => (spreadOf(one).median / events) * 1_000_000);
  console.log(
    `${batchEvents} events a batch: ${spreadText(perSecond, 0)} events/s, ${micros?.toFixed(2)} us an event, ` +
      `hashes ${hashMicros?.toFixed(2)} us, ratio ${spreadText(ratio, 2)}`,
  );
  console.log(`${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`);
}
