import { type LineSink, LineSplitter } from '../../shared/legacy/lines.ts';

/** A line of a person's file; `number` from 1. */
export type TextLine =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly problem: string };

/** A longer line is no event, nobody in a list, and no pair of schemas. */
const maxLineBytes = 64 * 1_048_576;
const bom = '\ufeff';

const problems = { 'legacy-utf8': 'it is no UTF-8', 'legacy-nul': 'it holds a NUL byte' } as const;

/**
 * The lines of a file of JSON lines, whatever pieces its bytes come in. Only `\n` ends one, with a `\r` before it: Node's
 * readline ends one at U+2028, too, which stands in strings of JSON as it is. What is no UTF-8 is told, since decoded it would
 * be another text; the byte order mark that editors on Windows write is none of the first line.
 */
export class TextLines {
  private lines: TextLine[] = [];
  private readonly splitter: LineSplitter;

  constructor() {
    const sink: LineSink = {
      region: () => false,
      text: (line, { line: number }) => {
        const text = number === 1 && line.startsWith(bom) ? line.slice(1) : line;
        this.lines.push({ number, text });
      },
      bad: (reason, _, { line: number }) => this.lines.push({ number, problem: problems[reason] }),
      tooLong: (_, { line: number }) => this.lines.push({ number, problem: `it is longer than ${maxLineBytes} bytes` }),
    };
    this.splitter = new LineSplitter(sink, { maxLineBytes, offset: 0, line: 1 });
  }

  /** Of the file, so many bytes are over with the lines that were told. */
  get bytes(): number {
    return this.splitter.next.offset;
  }

  /** The lines that these bytes complete. */
  push(bytes: Uint8Array): readonly TextLine[] {
    this.splitter.push(bytes);
    return this.take();
  }

  /** The last line, which may have no line end. */
  end(): readonly TextLine[] {
    this.splitter.end();
    return this.take();
  }

  private take(): readonly TextLine[] {
    const { lines } = this;
    this.lines = [];
    return lines;
  }
}

/** The lines of a stream that are not blank, as they come. For one that is no text there is what is wrong with it: no JSON either. */
export async function* filledLines(input: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const lines = new TextLines();
  for await (const piece of input) yield* filled(lines.push(typeof piece === 'string' ? Buffer.from(piece) : piece));
  yield* filled(lines.end());
}

function filled(lines: readonly TextLine[]): string[] {
  return lines.map((line) => ('problem' in line ? line.problem : line.text)).filter((text) => text.trim() !== '');
}
