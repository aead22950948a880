/** What the operating system answered, with its code and what was asked: a full disk, a right that is missing. */
export function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
