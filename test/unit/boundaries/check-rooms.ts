import type { Exceptions } from './exceptions.ts';
import type { Finding } from './finding.ts';
import { guardedModules, type Room } from './room.ts';
import { rooms } from './rooms.ts';
import type { ResolvedImport, SourceFile, SourceTree } from './source-tree.ts';

const table = 'test/unit/boundaries/rooms.ts';

interface Belonging {
  readonly room: Room;
  /** The room of this very file: `functions/dedup` in a row `functions/<name>`. */
  readonly name: string;
}

/** Holds every import to the table: rooms, packages, and what no chain of imports may lead to. */
export function checkRooms(tree: SourceTree, { loadsByName }: Pick<Exceptions, 'loadsByName'>): Finding[] {
  const files = [...tree.values()];
  const loading = files.filter(loadsUnread).map(({ path }) => path);
  const stale = loadsByName
    .filter(({ file }) => !loading.includes(file))
    .map(({ file }) => ({
      rule: 'rooms',
      place: file,
      message: 'it is listed as loading by name, and does not',
      fix: 'take it out of exceptions.ts (loadsByName)',
    }));
  const listed = new Set(loadsByName.map(({ file }) => file));
  return [
    ...tableFindings(rooms),
    ...stale,
    ...files.flatMap((file) => fileFindings(file, listed)),
    ...files.flatMap((file) => reachFindings(file, tree)),
  ];
}

function loadsUnread({ imports }: SourceFile): boolean {
  return imports.some(({ target }) => target.kind === 'unreadable');
}

/** The first room that a path fits. */
function roomOf(path: string): Belonging | undefined {
  const segments = path.split('/');
  for (const room of rooms) {
    const pattern = room.room.split('/');
    const isFile = pattern.at(-1)?.includes('.') === true;
    if (isFile ? segments.length !== pattern.length : segments.length <= pattern.length) continue;
    if (!pattern.every((part, at) => fits(part, segments[at] ?? ''))) continue;
    const name = pattern.map((part, at) => (part === '<name>' ? segments[at] : part)).join('/');
    return { room, name };
  }
  return undefined;
}

function fits(part: string, segment: string): boolean {
  if (part === '<name>') return !segment.includes('.');
  return part === segment || (part === '*.ts' && /\.\w+$/.test(segment));
}

/** An entry of `imports` that names no room allows nothing, so it is a slip. */
export function tableFindings(rows: readonly Room[]): Finding[] {
  return rows.flatMap(({ room, imports, neverReaches = [] }) =>
    [...(imports === 'anything' ? [] : imports), ...neverReaches]
      .filter((entry) => !rows.some((other) => isSameRow(other.room, entry)))
      .map((entry) => ({
        rule: 'table',
        place: table,
        message: `the room ${room} names ${entry}, which is no room`,
        fix: 'name a room of the table',
      })),
  );
}

function isSameRow(room: string, entry: string): boolean {
  const [parts, named] = [room.split('/'), entry.split('/')];
  if (parts.length !== named.length) return false;
  return parts.every((part, at) => part === named[at] || part === '<name>' || (named[at] === '*' && part !== '*.ts'));
}

function fileFindings(file: SourceFile, loadsByName: ReadonlySet<string>): Finding[] {
  const { path, imports } = file;
  const own = roomOf(path);
  if (own === undefined) {
    const message = 'it belongs to no room';
    return [{ rule: 'rooms', place: path, message, fix: `add a line for its folder to ${table}` }];
  }
  const unread = imports.find(({ target }) => target.kind === 'unreadable');
  const mayLoad = own.room.imports === 'anything' || loadsByName.has(path) || unread === undefined;
  return [
    ...(mayLoad ? [] : [unreadFinding(path, unread)]),
    ...imports.flatMap((found) => {
      const place = `${path}:${found.line}`;
      const finding = importFinding(path, own, found);
      return finding === undefined ? [] : [{ ...finding, place }];
    }),
  ];
}

function unreadFinding(path: string, { line }: ResolvedImport): Finding {
  const message = 'this loads by a name that cannot be read here';
  const fix = 'import by a literal name, or list the file with a reason in exceptions.ts (loadsByName)';
  return { rule: 'rooms', place: `${path}:${line}`, message, fix };
}

function importFinding(path: string, own: Belonging, { target }: ResolvedImport): Omit<Finding, 'place'> | undefined {
  if (target.kind === 'package') return packageFinding(path, own, target.name);
  if (target.kind === 'unreadable') return undefined;
  if (target.kind === 'missing') {
    return { rule: 'rooms', message: `there is no ${target.path}`, fix: 'name the file with its extension' };
  }
  const other = roomOf(target.path);
  if (other === undefined) {
    const message = `it imports ${target.path}, which belongs to no room`;
    return { rule: 'rooms', message, fix: `add a line for that folder to ${table}` };
  }
  if (mayImport(own, other)) return undefined;
  const message = `${own.name} (${own.room.holds}) imports ${target.path} of ${other.name}`;
  return { rule: 'rooms', message, fix: fixOf(own, other) };
}

function mayImport(own: Belonging, other: Belonging): boolean {
  if (own.name === other.name || own.room.imports === 'anything') return true;
  const parts = own.name.split('/');
  const at = own.room.room.split('/').indexOf('<name>');
  return own.room.imports.some((entry) => {
    const allowed = at < 0 ? entry : entry.replace('<name>', parts[at] ?? '');
    const named = allowed.split('/');
    const segments = other.name.split('/');
    if (named.length !== segments.length) return false;
    return named.every((part, index) => part === segments[index] || (part === '*' && !segments[index]?.includes('.')));
  });
}

function fixOf({ room: own }: Belonging, { room: other }: Belonging): string {
  const [from, to] = [own.room.split('/')[0], other.room.split('/')[0]];
  if (from === 'functions' && to === 'functions') return 'move what two functions need to shared/';
  if (from === 'shared' && to !== 'shared') return 'shared/ is what others use: move it there, or pass it in';
  if (to === 'test') return 'move what the product needs out of test/';
  if (other.room.startsWith('shared/adapters')) {
    return 'write against a port (shared/ports); main.ts and infra/ choose adapters';
  }
  return `pass it in, move it to a room that both may import, or change the line of ${own.room} in ${table}`;
}

function packageFinding(
  path: string,
  { room, name: own }: Belonging,
  name: string,
): Omit<Finding, 'place'> | undefined {
  const { packages = [] } = room;
  if (packages === 'anything') return undefined;
  if (name.startsWith('node:') && !guardedModules.includes(name)) return undefined;
  const isAllowed = packages.some((entry) =>
    typeof entry === 'string' ? entry === name : entry.name === name && entry.onlyIn.includes(path),
  );
  if (isAllowed) return undefined;
  const others = rooms.filter(({ packages: listed = [] }) => listed !== 'anything' && listed.includes(name));
  const where = others.map((other) => other.room).join(', ');
  const fix =
    where === ''
      ? `do without, or list it for a room in ${table}`
      : `only ${where} may: use what that room offers, or a port (shared/ports)`;
  return { rule: 'packages', message: `${own} (${room.holds}) imports ${name}`, fix };
}

/** The shortest chain of imports from a file to a room that it must never reach. */
function reachFindings({ path }: SourceFile, tree: SourceTree): Finding[] {
  const own = roomOf(path);
  const { neverReaches = [] } = own?.room ?? {};
  if (own === undefined || neverReaches.length === 0) return [];
  const cameFrom = new Map<string, string | undefined>([[path, undefined]]);
  const waiting = [path];
  for (let current = waiting.shift(); current !== undefined; current = waiting.shift()) {
    const reached = roomOf(current)?.name ?? '';
    if (neverReaches.includes(reached)) {
      const chain: string[] = [];
      for (let at: string | undefined = current; at !== undefined; at = cameFrom.get(at)) chain.unshift(at);
      const message = `${own.name} reaches ${reached}: ${chain.join(' -> ')}`;
      return [{ rule: 'reach', place: path, message, fix: 'cut the chain; what both need belongs to a room below' }];
    }
    for (const { target } of tree.get(current)?.imports ?? []) {
      if (target.kind !== 'file' || cameFrom.has(target.path)) continue;
      cameFrom.set(target.path, current);
      waiting.push(target.path);
    }
  }
  return [];
}
