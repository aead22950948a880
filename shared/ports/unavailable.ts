import type { Dependency } from '../outcome/outcome.ts';

/** Infrastructure that did not answer. Whoever catches it answers "retry"; nothing is lost, nothing is decided. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  /** What did not answer; goes into logs and counts. */
  readonly dependency: Dependency;

  constructor(dependency: Dependency, message: string, options?: ErrorOptions) {
    super(message, options);
    this.dependency = dependency;
  }
}
