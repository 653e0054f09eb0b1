// Divides what is typed, line by line, into pieces that can be evaluated.

/** A line that goes on with the block before it although it is not indented. */
const continues = /^(elif|else|case)\b/;
const attribute = /^\s*(#\[|@)/;
/** A comment or nothing. */
const blank = /^\s*(#(?!\[).*)?$/;

/** Collects lines until they make a piece. */
export class PieceBuffer {
  #lines: string[] = [];

  /** Whether something has been typed that is not a piece yet. */
  get open(): boolean {
    return this.#lines.length > 0;
  }

  clear(): void {
    this.#lines = [];
  }

  /**
   * Adds a line; the pieces that are complete with it, none or one or, where the line ends a block and stands for itself,
   * two. `interactive`: an empty line ends a block; elsewhere a line that is not indented does.
   */
  add(line: string, interactive: boolean): string[] {
    const pieces: string[] = [];
    const inBlock = this.#lines.length > 0 && !isUnfinished(this.#lines.join("\n"));
    const outside = !blank.test(line) && !/^\s/.test(line) && !continues.test(line);
    if (inBlock && outside && !attribute.test(lastOf(this.#lines))) pieces.push(this.#take());
    if (this.#lines.length === 0 && blank.test(line)) return pieces;
    this.#lines.push(line);
    const text = this.#lines.join("\n");
    if (isUnfinished(text)) return pieces;
    const ended = isBlock(this.#lines) ? interactive && line.trim() === "" : true;
    if (ended) pieces.push(this.#take());
    return pieces;
  }

  /** What is left at the end of the input. */
  end(): string[] {
    return this.#lines.length === 0 ? [] : [this.#take()];
  }

  #take(): string {
    const text = this.#lines.join("\n");
    this.#lines = [];
    return text;
  }
}

function lastOf(lines: readonly string[]): string {
  return lines.findLast((line) => !blank.test(line)) ?? "";
}

/** Whether the lines may go on with an indented one: the last one opens a block or is in one. */
function isBlock(lines: readonly string[]): boolean {
  const last = lastOf(lines);
  return (
    /^\s/.test(last) ||
    opensBlock(last) ||
    (lines.length > 1 && lines.slice(1).some((line) => /^\s+\S/.test(line)))
  );
}

function opensBlock(line: string): boolean {
  return /:\s*(#.*)?$/.test(line) || attribute.test(line);
}

const openers = "([{";
const closers = ")]}";

/** Whether a bracket or a text of several lines is still open, or the line is joined with the next. */
export function isUnfinished(text: string): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] ?? "";
    if (char === "#") {
      const end = text.indexOf("\n", index);
      if (end < 0) break;
      index = end;
    } else if (text.startsWith('"""', index)) {
      const end = text.indexOf('"""', index + 3);
      if (end < 0) return true;
      index = end + 2;
    } else if (char === '"' || char === "'") {
      index = endOfText(text, index);
    } else if (openers.includes(char)) depth += 1;
    else if (closers.includes(char)) depth -= 1;
  }
  return depth > 0 || text.endsWith("\\");
}

/** The index of the closing quote, or the end of the line. */
function endOfText(text: string, start: number): number {
  const quote = text[start];
  for (let index = start + 1; index < text.length; index += 1) {
    if (text[index] === "\\") index += 1;
    else if (text[index] === quote || text[index] === "\n") return index;
  }
  return text.length;
}
