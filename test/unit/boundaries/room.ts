/** A row of the table in rooms.ts. */
export interface Room {
  /** A folder, a file, or the files of one folder: `infra/*.ts`. */
  readonly room: string;
  readonly holds: string;
  readonly imports: readonly string[] | 'anything';
  /** npm packages, subpaths included; and modules of Node that are guarded. */
  readonly packages?: readonly (string | PackageInFiles)[] | 'anything';
  /** What no chain of imports may lead to, however long. */
  readonly neverReaches?: readonly string[];
}

/** A package that only some files of a room import. */
interface PackageInFiles {
  readonly name: string;
  readonly onlyIn: readonly string[];
  readonly because: string;
}

/** Node's modules that a room has to list like a package. */
export const guardedModules: readonly string[] = ['node:sqlite'];
