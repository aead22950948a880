import { isJsonObject, type JsonObject, type JsonValue } from '../event/json.ts';
import { pointerSegment } from '../event/json-pointer.ts';
import type { SchemaProblem } from '../event/schema-problem.ts';

const yearSeconds = 365.25 * 86_400;
/** Values of a fingerprint, of 64 bits. */
const fingerprints = 2 ** 64;
/** One event in a hundred years. */
const maxLostEventsPerYear = 0.01;

/** As `edi schema check` tells it. */
interface CollisionWarning extends SchemaProblem {
  readonly severity: 'warning';
  readonly rule: 'fingerprint-collisions';
  readonly fix: string;
}

/** What the bindings say that the busiest namespace of its kind will have. */
interface DeclaredRate {
  readonly bucketWidthMillis: number;
  /** Of all sources. */
  readonly eventsPerSecond: number;
  /** Of the busiest source. */
  readonly eventsPerSourceSecond: number;
}

/**
 * Events a year that are taken for copies of another, because two of one source and bucket have one fingerprint:
 * events x (n - 1) / 2 / 2^64, with n events of a source in a bucket (`functions/dedup/COLLISIONS.md`).
 */
function lostEventsPerYear({ bucketWidthMillis, eventsPerSecond, eventsPerSourceSecond }: DeclaredRate): number {
  const inBucket = eventsPerSourceSecond * (bucketWidthMillis / 1_000);
  return (eventsPerSecond * yearSeconds * Math.max(0, inBucket - 1)) / 2 / fingerprints;
}

/**
 * Warns of namespaces in `sdks.json` whose declared rate loses more than one event in a hundred years to equal
 * fingerprints. One that declares no rate is not judged; what no binding can be is for the other checks.
 */
export function checkCollisions(sdks: JsonValue): readonly CollisionWarning[] {
  const namespaces: JsonObject = isJsonObject(sdks) && isJsonObject(sdks['namespaces']) ? sdks['namespaces'] : {};
  return Object.entries(namespaces).flatMap(([name, settings]): CollisionWarning[] => {
    const rate = readRate(settings);
    const lost = rate === undefined ? 0 : lostEventsPerYear(rate);
    if (lost <= maxLostEventsPerYear) return [];
    return [
      {
        severity: 'warning',
        rule: 'fingerprint-collisions',
        pointer: `/namespaces/${pointerSegment(name)}/bucketWidthMillis`,
        message:
          `at the declared rate dedup takes about ${lost.toPrecision(2)} events a year for copies of others, ` +
          'since a bucket holds too many events of one source for fingerprints of 64 bits',
        fix: 'narrow the bucket, in the steps of schemas/README.md, so that it holds fewer events of a source',
      },
    ];
  });
}

function readRate(settings: JsonValue | undefined): DeclaredRate | undefined {
  if (!isJsonObject(settings)) return undefined;
  const { bucketWidthMillis, eventsPerSourceSecond } = settings;
  if (!isPositive(bucketWidthMillis) || !isPositive(eventsPerSourceSecond)) return undefined;
  // The busiest source alone, where nothing is said of the others.
  const all = settings['eventsPerSecond'];
  const eventsPerSecond = Math.max(eventsPerSourceSecond, isPositive(all) ? all : 0);
  return { bucketWidthMillis, eventsPerSecond, eventsPerSourceSecond };
}

function isPositive(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && value > 0;
}
