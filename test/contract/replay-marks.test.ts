import { join } from 'node:path';
import { openEmbeddedReplayMarks } from '../../shared/adapters/embedded/replay-marks.ts';
import { createMemoryReplayMarks } from '../../shared/adapters/memory/replay-marks.ts';
import { inFolder, inMemory } from './contract-adapter.ts';
import { replayMarksContract } from './suites/replay-marks.ts';

replayMarksContract(inMemory(() => createMemoryReplayMarks()));
replayMarksContract(
  inFolder(
    (folder) => openEmbeddedReplayMarks({ path: join(folder, 'replays.sqlite') }),
    (marks) => marks.close(),
  ),
);
