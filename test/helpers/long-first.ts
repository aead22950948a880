import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, most of it in waiting. One that began last would run alone, on a machine that idles. */
const longFiles = [
  'test/contract/pubsub-delivery',
  'test/unit/compat/containment',
  'test/unit/event-types/accepted-rows',
  'test/contract/needs',
  'test/simulation/',
  'test/integration/',
  'test/e2e/privacy',
  'test/e2e/crash',
  'test/e2e/catalog-browser',
  'test/e2e/signals',
  'test/e2e/replay',
  'test/e2e/operator',
  'test/e2e/publish',
];

/** Of the other files, the share among which whole deployments are spread. The rest is short, and runs at the end. */
const spreadShare = 0.8;

/**
 * Vitest's order, but for two things. The files that take longest come first. And whole deployments, which mostly wait, run
 * beside files that compute: neither leaves a processor idle that the other could use.
 */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => longFiles.some((file) => moduleId.includes(file));
    const longFirst = [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
    const isWhole = ({ project }: TestSpecification) => project.name === 'whole';
    return spread(
      longFirst.filter(isWhole),
      longFirst.filter((file) => !isWhole(file)),
    );
  }
}

/** Both in their own order: `some` at equal distances among the first of `others`. */
function spread<Item>(some: readonly Item[], others: readonly Item[]): Item[] {
  const between = Math.floor((others.length * spreadShare) / Math.max(some.length, 1));
  const placed = some.flatMap((item, index) => [item, ...others.slice(index * between, (index + 1) * between)]);
  return [...placed, ...others.slice(some.length * between)];
}
