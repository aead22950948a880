/** Infrastructure that did not answer. Whoever catches it answers "retry"; nothing is lost, nothing is decided. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  /** What did not answer, such as `publisher` or `registry`; goes into logs, so it names no event's value. */
  readonly dependency: string;

  constructor(dependency: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.dependency = dependency;
  }
}
