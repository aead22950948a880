import { processIo } from './command-io.ts';
import { runCli } from './program.ts';

// Not process.exit, which would cut what is still on its way to a pipe.
process.exitCode = await runCli(process.argv.slice(2), processIo());
