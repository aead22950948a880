import type { Mutant } from '../mutant.ts';

/** Of ingest. */
export const ingestMutants: readonly Mutant[] = [
  {
    name: 'a seal answers before it is published',
    file: 'functions/ingest/sealer.ts',
    old: 'Promise.try(publishParts, options, sdk, seal.parts).then(resolve, reject);',
    new: 'Promise.try(publishParts, options, sdk, seal.parts).catch(reject), resolve();',
    test: 'test/unit/ingest/storing.test.ts',
  },
  {
    name: 'SDKs share a seal',
    file: 'functions/ingest/sealer.ts',
    old: 'open.get(part.sdk)',
    new: 'open.values().next().value',
    test: 'test/unit/ingest/accept.test.ts',
  },
  {
    name: 'a full seal stays open',
    file: 'functions/ingest/sealer.ts',
    old: 'seal.events + part.events.length <= settings.maxSealEvents;',
    new: 'true;',
    test: 'test/unit/ingest/storing.test.ts',
  },
  {
    name: 'ingest does not wait for quarantine',
    file: 'functions/ingest/stage.ts',
    old: 'stored.push(quarantine.keep(kept));',
    new: 'quarantine.keep(kept).catch(() => {});',
    test: 'test/unit/ingest/storing.test.ts',
  },
  {
    name: 'ingest does not wait for its seal',
    file: 'functions/ingest/stage.ts',
    old: '((part) => sealer.add(part))',
    new: '(async (part) => void sealer.add(part).catch(() => {}))',
    test: 'test/unit/ingest/storing.test.ts',
  },
  {
    name: 'identity in a request without the time',
    file: 'functions/ingest/decide.ts',
    old: 'one.source === other.source && one.timeMicros === other.timeMicros',
    new: 'one.source === other.source',
    test: 'test/unit/ingest/accept.test.ts',
  },
  {
    name: 'every seal begins with the first event',
    file: 'functions/ingest/accepted-parts.ts',
    old: 'add(Buffer.from(`[${texts.slice(from, to)',
    new: 'add(Buffer.from(`[${texts.slice(0, to - from)',
    test: 'test/unit/ingest/split-seals.test.ts',
  },
  {
    name: 'a byte order mark is kept',
    file: 'functions/ingest/read-events.ts',
    old: 'arrayBytes: withoutBom(body)',
    new: 'arrayBytes: body',
    test: 'test/unit/ingest/accept.test.ts',
  },
  {
    name: 'a request names any number of sources',
    file: 'functions/ingest/creation-bounds.ts',
    old: 'if (named.size >= most ||',
    new: 'if (',
    test: 'test/unit/ingest/creation-bounds.test.ts',
  },
];
