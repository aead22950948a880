import { buildFolders } from '../../infra/bundle/build.ts';

// Builds every function's bundle into a folder and prints the list of them as JSON: `build-bundles.ts FOLDER`.

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('which folder?');
process.stdout.write(JSON.stringify(await buildFolders(folder)));
