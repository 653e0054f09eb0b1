// Messages for people: diagnostics, runtime errors, internal errors.
import { styleText } from "node:util";
import {
  renderDiagnostic,
  renderExcerpt,
  type Diagnostic,
  type SourceFile,
} from "../base/index.ts";
import { renderTrace, type ProgramError, type TraceFrame } from "../runtime/index.ts";
import type { UsageError } from "./usage.ts";

type Style = Parameters<typeof styleText>[0];

/** Colours a piece of text, or leaves it alone. */
export type Paint = (style: Style, text: string) => string;

const paintAlways: Paint = (style, text) => styleText(style, text, { validateStream: false });

export function painter(colour: boolean): Paint {
  return colour ? paintAlways : (_style, text) => text;
}

const caretLine = /^(\s*\|\s*)(\^+)$/;

function paintCarets(line: string, paint: Paint): string {
  const match = caretLine.exec(line);
  return match === null ? line : `${match[1] ?? ""}${paint("green", match[2] ?? "")}`;
}

/** Diagnostics one below the other, with their number when there are several errors. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], colour: boolean): string {
  const paint = painter(colour);
  const texts = diagnostics.map((diagnostic) => {
    const [head = "", ...rest] = renderDiagnostic(diagnostic).split("\n");
    const style: Style = diagnostic.severity === "error" ? "red" : "yellow";
    const mark = `${diagnostic.severity}:`;
    const lines = [head.replace(mark, paint(style, mark))];
    return [...lines, ...rest.map((line) => paintCarets(line, paint))].join("\n");
  });
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error").length;
  if (errors > 1) texts.push(`${errors} errors`);
  return `${texts.join("\n")}\n`;
}

/** A mistake on the command line: `anneal: message`, and what to do. */
export function renderUsageError(error: UsageError, colour: boolean): string {
  const help = error.help === undefined ? "" : `  help: ${error.help}\n`;
  return `anneal: ${painter(colour)("red", "error:")} ${error.message}\n${help}`;
}

/** The source of a file by the path that traces name it by. */
export type SourceLookup = (path: string, line: number) => SourceFile | undefined;

/**
 * `file:line:col: runtime error: message`, the source line with a caret, and the chain of calls, innermost first.
 * What stops a program from outside (an interrupt) is no error of the program and says so.
 */
export function renderProgramError(
  error: ProgramError,
  sourceFile: SourceLookup,
  colour: boolean,
): string {
  const paint = painter(colour);
  const [innermost] = error.trace;
  const where = innermost === undefined ? "" : `${formatFrame(innermost)}: `;
  const what =
    error.code === "interrupted"
      ? error.message
      : `${paint("red", "runtime error:")} ${error.message}`;
  const lines = [`${where}${what}`];
  const file = innermost === undefined ? undefined : sourceFile(innermost.file, innermost.line);
  if (innermost !== undefined && innermost.line > 0 && file !== undefined) {
    lines.push(...excerptAt(file, innermost).map((line) => paintCarets(line, paint)));
  }
  if (error.help !== null) lines.push(`  help: ${error.help}`);
  lines.push(...renderTrace(error).map((line) => `  ${line}`));
  return `${lines.join("\n")}\n`;
}

/** Without a place where the frames that knew it were lost (line 0). */
function formatFrame(frame: TraceFrame): string {
  if (frame.line === 0) return frame.file;
  return `${frame.file}:${frame.line}:${frame.column}`;
}

function excerptAt(file: SourceFile, frame: TraceFrame): string[] {
  const start = file.offset(frame);
  return start === undefined ? [] : renderExcerpt({ file, start, end: start + 1 });
}

/** What a bug of ours looks like: one message; the stack only on request. */
export function renderInternalError(error: unknown, version: string, verbose: boolean): string {
  const failure = error instanceof Error ? error : new Error(String(error));
  const lines = [
    `anneal: internal error: ${failure.message}`,
    "  this is a bug in anneal: please report it together with the program and this line:",
    `  anneal ${version}, node ${process.version}, ${process.platform} ${process.arch}`,
  ];
  if (verbose) lines.push(failure.stack ?? "");
  else lines.push("  --verbose shows where it happened");
  return `${lines.join("\n")}\n`;
}
