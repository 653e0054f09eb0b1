// A filetest: a header of `test`, `target` and `set` lines, a program, and directives in its comments.
//
//   ; test run                       ; run: @f(1) == 2          ; run: @f(0) traps division_by_zero
//   ; error: text                    at the end of the offending line, or alone on a line after it
//
// The golden block of a function are the comment lines right behind its closing brace, up to a directive. A file in a
// source language has one golden block, behind its last line of code.

export interface CommandLine {
  readonly name: string;
  readonly args: readonly string[];
  readonly line: number;
}

export interface RunDirective {
  readonly line: number;
  readonly text: string;
}

export interface ErrorDirective {
  /** The line that the error is about. */
  readonly line: number;
  readonly text: string;
}

export type Language = "mir" | "spl";

export interface TestFile {
  readonly path: string;
  readonly language: Language;
  readonly text: string;
  /** Line `n` is `lines[n - 1]`. */
  readonly lines: readonly string[];
  readonly commands: readonly CommandLine[];
  readonly targets: readonly string[];
  readonly settings: ReadonlyMap<string, string>;
  readonly runs: readonly RunDirective[];
  readonly errors: readonly ErrorDirective[];
}

/** A mistake in a test file itself. */
export class TestFileError extends Error {}

const commentMarks: Readonly<Record<Language, string>> = { mir: ";", spl: "#" };

export function commentMark(file: TestFile): string {
  return commentMarks[file.language];
}

export function readTestFile(path: string, text: string): TestFile {
  const language: Language = path.endsWith(".spl") ? "spl" : "mir";
  const mark = commentMarks[language];
  const lines = text.split("\n");
  const header = readHeader(lines, mark);
  if (header.commands.length === 0) {
    throw new TestFileError(`${path}: no \`${mark} test COMMAND\` line at its top`);
  }
  return { path, language, text, lines, ...header, ...readDirectives(lines, mark) };
}

function readHeader(
  lines: readonly string[],
  mark: string,
): Pick<TestFile, "commands" | "targets" | "settings"> {
  const commands: CommandLine[] = [];
  const targets: string[] = [];
  const settings = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith(mark)) break;
    const [word = "", ...rest] = line.slice(mark.length).trim().split(/\s+/);
    const [name = ""] = rest;
    if (word === "test") commands.push({ name, args: rest.slice(1), line: index + 1 });
    if (word === "target") targets.push(name);
    if (word === "set") settings.set(name, rest.slice(2).join(" "));
  }
  return { commands, targets, settings };
}

function readDirectives(lines: readonly string[], mark: string): Pick<TestFile, "runs" | "errors"> {
  const runs: RunDirective[] = [];
  const errors: ErrorDirective[] = [];
  let code = 0;
  for (const [index, line] of lines.entries()) {
    if (line.trim() !== "" && !line.trimStart().startsWith(mark)) code = index + 1;
    const run = directive(line, mark, "run");
    const error = directive(line, mark, "error");
    if (run !== undefined) runs.push({ line: index + 1, text: run });
    if (error !== undefined) errors.push({ line: code, text: error });
  }
  return { runs, errors };
}

function directive(line: string, mark: string, name: string): string | undefined {
  const prefix = `${mark} ${name}: `;
  const at = line.indexOf(prefix);
  return at < 0 ? undefined : line.slice(at + prefix.length).trim();
}

/** How many comment lines behind this line (from 1) are its golden block. */
export function goldenLength(file: TestFile, afterLine: number): number {
  const mark = commentMark(file);
  let length = 0;
  for (const line of file.lines.slice(afterLine)) {
    if (!line.startsWith(mark) || /^. (run|error): /.test(line)) break;
    length += 1;
  }
  return length;
}

/** The last line (from 1) that is neither blank nor a comment; 0 if there is none. */
export function lastCodeLine(file: TestFile): number {
  const mark = commentMark(file);
  const isCode = (line: string): boolean => line.trim() !== "" && !line.startsWith(mark);
  return file.lines.findLastIndex(isCode) + 1;
}
