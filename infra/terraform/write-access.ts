import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readSchemaFolder } from '../../shared/schema-language/schema-folder.ts';
import { accessTable } from '../access-table.ts';
import { makeTopology } from '../topology.ts';

/** `npm run infra:access`: writes the table of who may do what into `infra/ACCESS.md`. */
const projectFolder = resolve(import.meta.dirname, '..', '..');
const page = join(projectFolder, 'infra', 'ACCESS.md');
const marks = /(<!-- access -->\n).*?(\n<!-- \/access -->)/s;

const { schemas } = await readSchemaFolder(join(projectFolder, 'schemas'));
const table = accessTable(makeTopology(schemas));
writeFileSync(
  page,
  readFileSync(page, 'utf8').replace(marks, (_, begin: string, end: string) => `${begin}\n${table}${end}`),
);
