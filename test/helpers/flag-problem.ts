/** What `parseArgs` of `node:util` says is wrong with a command line; undefined for any other error. */
export function flagProblem(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return String(error.code).startsWith('ERR_PARSE_ARGS_') ? error.message : undefined;
}
