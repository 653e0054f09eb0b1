// Source files and spans: where a piece of the user's program stands.

/** Name of the source of the functions that a language brings along; they are no part of the user's program. */
export const preludePath = "<prelude>";

/** Where the first character of a text stands in the file that it is a part of: line and column from 1, the column 10,000 at most. */
export interface SourceOrigin {
  readonly line: number;
  readonly column: number;
}

/** Editors may claim any column; excerpts show what is in front of it as spaces. */
const mostColumn = 10_000;

const wholeFile: SourceOrigin = { line: 1, column: 1 };

/** A source text with a name for messages. Offsets into it are UTF-16 code units. */
export class SourceFile {
  readonly path: string;
  readonly text: string;
  readonly #origin: SourceOrigin;
  #lineStarts: number[] | undefined;

  constructor(path: string, text: string, origin: SourceOrigin = wholeFile) {
    this.path = path;
    this.text = text;
    this.#origin = { line: origin.line, column: Math.min(origin.column, mostColumn) };
  }

  /** Line and column, both from 1, of an offset; the column counts UTF-16 code units. */
  position(offset: number): { line: number; column: number } {
    const starts = this.#starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const { line, column } = this.#origin;
    const before = low === 0 ? column : 1;
    return { line: low + line, column: offset - (starts[low] ?? 0) + before };
  }

  /** The text of a line without its line end; in front of the text of a part there are spaces. Empty if it has no such line. */
  lineText(line: number): string {
    const index = line - this.#origin.line;
    const starts = this.#starts();
    const start = starts[index] ?? this.text.length;
    const end = starts[index + 1] ?? this.text.length;
    const text = this.text.slice(start, end).replace(/\r?\n$/, "");
    return index === 0 ? " ".repeat(this.#origin.column - 1) + text : text;
  }

  /** The offset of a place; undefined if the text has no such line. */
  offset({ line, column }: SourceOrigin): number | undefined {
    const index = line - this.#origin.line;
    const start = this.#starts()[index];
    if (start === undefined) return undefined;
    const before = index === 0 ? this.#origin.column : 1;
    return Math.max(start, Math.min(start + column - before, this.text.length));
  }

  #starts(): number[] {
    if (this.#lineStarts === undefined) {
      const starts = [0];
      for (let at = this.text.indexOf("\n"); at >= 0; at = this.text.indexOf("\n", at + 1)) {
        starts.push(at + 1);
      }
      this.#lineStarts = starts;
    }
    return this.#lineStarts;
  }
}

/** A piece of a source file: `start` inclusive, `end` exclusive, in code units. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** `path:line:column` of a span's start. */
export function formatPosition(span: Span): string {
  const { line, column } = span.file.position(span.start);
  return `${span.file.path}:${line}:${column}`;
}
