import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longest, most of it in waiting. One that began last would run alone, on a machine that idles. */
const longFiles = [
  'test/contract/pubsub-delivery',
  'test/unit/compat/containment',
  'test/unit/event-types/accepted-rows',
  'test/contract/needs',
  'test/integration/',
  'test/e2e/publish',
  'test/e2e/signals',
  'test/e2e/crash',
];

/** Vitest's order, but for the files that take longest: they come first. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => longFiles.some((file) => moduleId.includes(file));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
