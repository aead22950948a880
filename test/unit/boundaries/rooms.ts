import type { Room } from './room.ts';
import { functionRooms } from './rooms-of-functions.ts';
import { infraRooms } from './rooms-of-infra.ts';
import { sharedRooms } from './rooms-of-shared.ts';

/**
 * Which room of the repository may import which, and which packages: the table that `rooms.test.ts` holds every import
 * to, type-only ones included.
 *
 * A file belongs to the first room of the table that its path fits. `<name>` stands for any folder, and makes a room of
 * each: no function sees another, and a new one needs no line here. In `imports`, `<name>` is the room's own and `*` any
 * folder. A room may always import itself, and Node's own modules but for those in `guardedModules`.
 * A new folder below shared/ or infra/ needs a line in the part that it belongs to; the test says so.
 */
export const rooms: readonly Room[] = [
  ...functionRooms,
  ...sharedRooms,
  ...infraRooms,
  { room: 'schemas', holds: 'event schemas and the meta-schema; no code', imports: [] },
  { room: 'test', holds: 'tests, which may look into everything', imports: 'anything', packages: 'anything' },
];
