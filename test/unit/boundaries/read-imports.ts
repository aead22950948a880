import { parseSync, Visitor } from 'oxc-parser';

/** Something that a file names in order to load it, or its types. */
export interface Import {
  /** As it is written; undefined where it is computed, so that nobody can read it. */
  readonly specifier: string | undefined;
  readonly line: number;
}

/** Ways to load something that is no import. The project uses them where `loadsByName` in exceptions.ts says so. */
const loaders: ReadonlySet<string> = new Set(['createRequire', 'getBuiltinModule', 'require']);

/**
 * Every import of a file, however it is spelled: `import`, `import type`, `export … from`, `import()`, `import('…').Type`,
 * `import x = require()`. What loads by other means (`createRequire`) counts as an import that cannot be read. Throws for
 * text that is no TypeScript.
 */
export function readImports(path: string, text: string): Import[] {
  const { module, program, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path} cannot be parsed: ${error.message}`);
  const imports: Import[] = [];
  const add = (specifier: string | undefined, at: number) =>
    imports.push({ specifier, line: text.slice(0, at).split('\n').length });
  for (const { moduleRequest, start } of module.staticImports) add(moduleRequest.value, start);
  for (const { entries, start } of module.staticExports) {
    const from = entries.find(({ moduleRequest }) => moduleRequest !== null)?.moduleRequest;
    if (from) add(from.value, start);
  }
  if (!mayHideImports(text, module.staticImports.length)) return imports;
  new Visitor({
    ImportExpression: ({ source, start }) => add(literalOf(source), start),
    TSImportType: ({ source, start }) => add(literalOf(source), start),
    TSExternalModuleReference: ({ expression, start }) => add(literalOf(expression), start),
    Identifier({ name, start }) {
      if (loaders.has(name)) add(undefined, start);
    },
    MemberExpression({ computed, property, start }) {
      if (computed && loaders.has(literalOf(property) ?? '')) add(undefined, start);
    },
  }).visit(program);
  return imports;
}

/** Walking the syntax tree costs much more than the parser's list of import statements, so most files do without. */
function mayHideImports(text: string, statements: number): boolean {
  const words = text.match(/\bimport\b/g)?.length ?? 0;
  return words !== statements || /require|getBuiltinModule|\\u/i.test(text);
}

interface Source {
  readonly type: string;
}

function literalOf(source: Source): string | undefined {
  if ('value' in source && typeof source.value === 'string') return source.value;
  if (!('quasis' in source) || !Array.isArray(source.quasis) || source.quasis.length !== 1) return undefined;
  const cooked: unknown = source.quasis[0]?.value?.cooked;
  return typeof cooked === 'string' ? cooked : undefined;
}
