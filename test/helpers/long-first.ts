import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, most of it in waiting. One that began last would run alone, on a machine that idles. */
const longFiles = [
  'test/contract/pubsub-delivery',
  'test/unit/compat/containment',
  'test/simulation/simulation',
  'test/infra/archives',
  'test/unit/event-types/accepted-rows',
  'test/contract/needs',
  'test/contract/client-conformance',
  'test/unit/legacy/bytes',
  'test/unit/local/queries',
  'test/integration/',
  'test/e2e/privacy',
  'test/e2e/crash',
  'test/e2e/catalog-browser',
  'test/e2e/signals',
  'test/e2e/replay',
  'test/e2e/operator',
  'test/e2e/publish',
  'test/unit/boundaries/rooms',
  'test/unit/cli/schema/check.',
  'test/unit/duckdb/query-refusals',
];

/**
 * Vitest's order, but for three things. The files that take longest come first. Whole deployments, which mostly wait, run
 * beside files that compute: neither leaves a processor idle that the other could use. And files that share processes come
 * last, those of a project together: a process goes on only with the next file in order. The fast ones, which are short, let all
 * workers end at about one time.
 */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => longFiles.some((file) => moduleId.includes(file));
    const longFirst = [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
    const isWhole = ({ project }: TestSpecification) => project.name === 'whole';
    const isShared = ({ project }: TestSpecification) => !project.config.isolate;
    const isFast = ({ project }: TestSpecification) => project.name === 'fast';
    const shared = longFirst.filter(isShared);
    const others = longFirst.filter((file) => !isWhole(file) && !isShared(file));
    return [
      ...spread(longFirst.filter(isWhole), others),
      ...shared.filter((file) => !isFast(file)),
      ...shared.filter(isFast),
    ];
  }
}

/** Both in their own order: `some` at equal distances among `others`. */
function spread<Item>(some: readonly Item[], others: readonly Item[]): Item[] {
  const between = Math.floor(others.length / Math.max(some.length, 1));
  const placed = some.flatMap((item, index) => [item, ...others.slice(index * between, (index + 1) * between)]);
  return [...placed, ...others.slice(some.length * between)];
}
