// Indentation: how wide the leading blanks of a line are. The parser turns widths into blocks (`parser/blocks.ts`).

const tabWidth = 4;

export interface Indentation {
  readonly width: number;
  /** Offset of the first character that is not a blank. */
  readonly end: number;
}

/** Measures the blanks from `at`, the start of a line, to `limit` at most. A tab counts as four spaces. */
export function measureIndentation(text: string, at: number, limit: number): Indentation {
  let width = 0;
  let end = at;
  for (; end < limit; end += 1) {
    const code = text.charCodeAt(end);
    if (code === 32) width += 1;
    else if (code === 9) width += tabWidth;
    else break;
  }
  return { width, end };
}

/** Whether the line that holds `at` is indented with tabs. */
export function indentedWithTabs(text: string, at: number): boolean {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const { end } = measureIndentation(text, start, at);
  return text.slice(start, end).includes("\t");
}
