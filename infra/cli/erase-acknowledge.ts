import { CliError } from './cli-error.ts';
import { askFunction, Broken, type FunctionTarget } from './function-target.ts';

/** Says that a consumer has deleted its copies, and answers with the receipt. Rejects with `CliError`. */
export async function acknowledgeErasure(target: FunctionTarget, id: string, consumer: string) {
  const path = `/v1/erasures/${id}/acknowledgements`;
  return askFunction(target, { path, body: { consumer } }).catch((error: unknown) => {
    throw error instanceof Broken ? new CliError(`${target.name} does not answer: try again`) : error;
  });
}
