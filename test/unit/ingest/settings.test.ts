import { afterEach, describe, expect, test } from 'vitest';
import { checkDedupConfig, type DedupConfig, defaultDedupConfig } from '../../../functions/dedup/config.ts';
import { checkIngestConfig, defaultIngestConfig, type IngestConfig } from '../../../functions/ingest/config.ts';
import { start as startIngestFunction } from '../../../functions/ingest/function.ts';
import { needs } from '../../../functions/ingest/needs.ts';
import {
  checkPseudonymizeConfig,
  defaultPseudonymizeConfig,
  type PseudonymizeConfig,
} from '../../../functions/pseudonymize/config.ts';
import {
  checkPublishSchemaConfig,
  defaultPublishSchemaConfig,
  type PublishSchemaConfig,
} from '../../../functions/publish-schema/config.ts';
import { pickPorts } from '../../../shared/needs/held-ports.ts';
import { SettingError } from '../../../shared/needs/settings.ts';
import { makeCountingObserver } from '../../../shared/observe/json-observer.ts';
import { type IngestWorld, orderEvent, startIngest } from '../../helpers/ingest-world.ts';
import { memoryPortsWith } from '../../helpers/memory-ports.ts';
import { schemaDocument } from '../../helpers/schemas.ts';

const mebibyte = 1_048_576;

describe('settings that contradict each other', () => {
  test('the defaults do not', () => {
    expect(() => checkIngestConfig(defaultIngestConfig)).not.toThrow();
    expect(() => checkDedupConfig(defaultDedupConfig)).not.toThrow();
    expect(() => checkPseudonymizeConfig(defaultPseudonymizeConfig)).not.toThrow();
    expect(() => checkPublishSchemaConfig(defaultPublishSchemaConfig)).not.toThrow();
  });

  test.each<[string, Partial<IngestConfig>, readonly string[]]>([
    ['event above body', { maxBodyBytes: 50_000 }, ['EDI_MAX_EVENT_BYTES', 'EDI_MAX_BODY_BYTES']],
    ['event above seal', { maxSealBytes: 65_537 }, ['EDI_MAX_EVENT_BYTES', 'EDI_MAX_SEAL_BYTES']],
    ['more marks than an attribute holds', { maxSealEvents: 1_025 }, ['EDI_MAX_SEAL_EVENTS', 'attribute (1024)']],
    ['seal above message', { maxSealBytes: 8 * mebibyte }, ['EDI_MAX_SEAL_BYTES', 'Pub/Sub message']],
    ['refused event above message', { maxBodyBytes: 10 * mebibyte }, ['EDI_MAX_BODY_BYTES', 'Pub/Sub message']],
    ['body above what is held', { maxInFlightBytes: mebibyte - 1 }, ['EDI_MAX_BODY_BYTES', 'EDI_MAX_IN_FLIGHT_BYTES']],
    ['give-up beyond the look-back', { lookBackDays: 26 }, ['giveUpAfterDays', 'EDI_LOOK_BACK_DAYS']],
  ])('ingest: %s', (_, config, named) => {
    const check = () => checkIngestConfig({ ...defaultIngestConfig, ...config });
    expect(check).toThrow(SettingError);
    for (const name of named) expect(check).toThrow(name);
  });

  test.each<[string, Partial<DedupConfig>, readonly string[]]>([
    ['claims that outlive payloads', { lookBackDays: 32 }, ['EDI_LOOK_BACK_DAYS (32)', 'EDI_PURGE_AFTER_DAYS (29)']],
    ['give-up beyond the look-back', { lookBackDays: 20 }, ['giveUpAfterDays', 'EDI_LOOK_BACK_DAYS']],
    ['a document above what is stored', { maxDocumentBytes: 2 * mebibyte }, ['EDI_MAX_DOCUMENT_BYTES', 'Firestore']],
    ['no round', { maxClaimRounds: 0 }, ['EDI_MAX_CLAIM_ROUNDS (0)']],
  ])('dedup: %s', (_, config, named) => {
    const check = () => checkDedupConfig({ ...defaultDedupConfig, ...config });
    for (const name of named) expect(check).toThrow(name);
  });

  test.each<[string, Partial<PseudonymizeConfig>, readonly string[]]>([
    ['no key', { maxCachedKeys: 0 }, ['EDI_MAX_CACHED_KEYS (0)']],
    [
      'more remembered than there is memory',
      { maxCachedKeys: 50_000 },
      ['EDI_MAX_CACHED_KEYS x EDI_MAX_REMEMBERED_VALUES', 'memory'],
    ],
    ['keys beyond their events', { keyCacheSeconds: 30 * 86_400 }, ['EDI_KEY_CACHE_SECONDS', 'EDI_PURGE_AFTER_DAYS']],
    ['purged too late', { purgeAfterDays: 32 }, ['EDI_PURGE_AFTER_DAYS (32)', 'retention']],
  ])('pseudonymize: %s', (_, config, named) => {
    const check = () => checkPseudonymizeConfig({ ...defaultPseudonymizeConfig, ...config });
    for (const name of named) expect(check).toThrow(name);
  });

  test.each<[string, Partial<PublishSchemaConfig>, readonly string[]]>([
    ['a schema above what is stored', { maxObjectBytes: 2 * mebibyte }, ['EDI_MAX_OBJECT_BYTES', 'registry']],
    ['a check above its request', { maxCheckMillis: 60_001 }, ['EDI_MAX_CHECK_MILLIS (60001)', '60000']],
    ['a check above the wait', { maxWaitMinutes: 0 }, ['EDI_MAX_CHECK_MILLIS', 'EDI_MAX_WAIT_MINUTES (0)']],
    ['a wait above the first line', { maxWaitMinutes: 901 }, ['EDI_MAX_WAIT_MINUTES (901)', '900']],
    ['no round', { maxRounds: 0 }, ['EDI_MAX_ROUNDS (0)']],
  ])('publish-schema: %s', (_, config, named) => {
    const check = () => checkPublishSchemaConfig({ ...defaultPublishSchemaConfig, ...config });
    for (const name of named) expect(check).toThrow(name);
  });

  test('keep a function from starting', async () => {
    const ports = pickPorts(needs, await memoryPortsWith([]), makeCountingObserver());
    await expect(startIngestFunction(ports, { ...defaultIngestConfig, maxSealEvents: 2_000 })).rejects.toThrow(
      'EDI_MAX_SEAL_EVENTS (2000)',
    );
  });
});

describe('a request of more than a seal holds', () => {
  let world: IngestWorld | undefined;
  afterEach(() => world?.close());
  const schemas = [schemaDocument({ properties: { amount: { type: 'integer' } } })];

  test.each<[string, Partial<IngestConfig>, number[]]>([
    ['by events', { maxRequestEvents: 2_000, maxSealEvents: 1_000 }, [1_000, 500]],
    ['by bytes', { maxRequestEvents: 2_000, maxSealEvents: 1_000, maxSealBytes: 70_000 }, []],
  ])('is split over seals, %s, and loses nothing', async (_, config, sizes) => {
    world = await startIngest({ schemas, config });
    const events = Array.from({ length: 1_500 }, (_unused, at) =>
      orderEvent({ id: `event-${String(at).padStart(4, '0')}`, data: { amount: at } }),
    );
    const response = await world.post(events);
    expect(await response.json()).toMatchObject({ accepted: 1_500, rejected: [] });
    const batches = world.received();
    expect(new Set(batches.map(({ seal }) => seal)).size).toBe(batches.length);
    if (config.maxSealBytes === undefined) expect(batches.map(({ index }) => index.entries.length)).toEqual(sizes);
    for (const { index, texts } of batches) {
      expect(index.entries.length).toBeLessThanOrEqual(1_000);
      const payload = texts.flatMap((text) => JSON.parse(text));
      expect(payload.map(({ id }: { id: string }) => id)).toEqual(index.entries.map(({ id }) => id));
      for (const text of texts) expect(text.length).toBeLessThanOrEqual(config.maxSealBytes ?? mebibyte);
    }
    expect(batches.flatMap(({ texts }) => texts.flatMap((text) => JSON.parse(text)))).toEqual(events);
  });
});
