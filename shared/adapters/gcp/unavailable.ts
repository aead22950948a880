import type { Dependency } from '../../outcome/outcome.ts';
import { Unavailable } from '../../ports/unavailable.ts';

/** Status codes of gRPC (grpc.io, "Status codes and their use in gRPC"), as far as the adapters decide by them. */
export const grpcStatus = {
  ok: 0,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  internal: 13,
  unavailable: 14,
} as const;

/** By code; the place in the list is the code. */
const grpcStatusNames = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** The code of an error of one of Google's clients: a gRPC or an HTTP status, or the name of a system error. */
export function errorCode(error: unknown): number | string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const { code } = error;
  return typeof code === 'number' || (typeof code === 'string' && /^\w{1,40}$/.test(code)) ? code : undefined;
}

/**
 * What every adapter makes of an error of its client. The message names the service and the status alone, and the error
 * of the client is not its cause: Google's errors quote names of documents and topics, and requests.
 */
export function toUnavailable(dependency: Dependency, service: string, error: unknown): Unavailable {
  if (error instanceof Unavailable) return error;
  return new Unavailable(dependency, `${service} did not do its work: ${describe(errorCode(error), error)}`);
}

/** Name of a gRPC status, for messages. */
function grpcStatusName(code: number): string {
  return grpcStatusNames[code] ?? `status ${code}`;
}

function describe(code: number | string | undefined, error: unknown): string {
  if (typeof code === 'number') return code < 100 ? grpcStatusName(code) : `HTTP status ${code}`;
  return code ?? (error instanceof Error ? error.name : typeof error);
}
