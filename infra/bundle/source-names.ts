import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Stack traces of this process name the sources of a bundle by the source map beside it, which is read with the first of them.
 * Node's own --enable-source-maps knows none of a `vm.Script`, and looks for those of functions-framework's files at each start.
 */
export function nameSources(file: string): void {
  let map: SourceMap | undefined;
  const placeOf = (line: number, column: number) => {
    map ??= readMap(file);
    const entry = map.findEntry(line - 1, column - 1);
    if (!('originalSource' in entry) || entry.originalSource === undefined) return undefined;
    return `${join(dirname(file), entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  };
  const frameOf = (site: NodeJS.CallSite) => {
    const text = String(site);
    const [line, column] = [site.getLineNumber(), site.getColumnNumber()];
    if (site.getFileName() !== file || line === null || column === null) return text;
    const place = placeOf(line, column);
    return place === undefined ? text : text.replace(`${file}:${line}:${column}`, () => place);
  };
  Error.prepareStackTrace = (error, sites) =>
    [headOf(error), ...sites.map((site) => `    at ${frameOf(site)}`)].join('\n');
}

function readMap(file: string): SourceMap {
  try {
    const payload: SourceMapPayload = JSON.parse(readFileSync(`${file}.map`, 'utf8'));
    return new SourceMap(payload);
  } catch {
    // An error about an error helps nobody: positions in the bundle stay.
    return new SourceMap({
      file,
      version: 3,
      sources: [],
      sourcesContent: [],
      names: [],
      mappings: '',
      sourceRoot: '',
    });
  }
}

/** As V8 begins a stack trace, whose own beginning a `prepareStackTrace` takes the place of. */
function headOf(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return '<error>';
  }
}
