// Messages of a device for people: what the compile server found, what stopped a piece.
import { renderExcerpt, SourceFile } from "../base/index.ts";
import type { PlainDiagnostic } from "../protocol/index.ts";
import type { SourcePiece } from "./device.ts";
import type { PieceFailure } from "./messages.ts";

/** The newest text of each file that a device has evaluated, for excerpts. */
export class Sources {
  readonly #files = new Map<string, SourceFile>();
  /** Characters of all of them. */
  #size = 0;

  add({ path, text, line, column }: SourcePiece): void {
    this.#delete(path);
    this.#files.set(path, new SourceFile(path, text, { line, column }));
    this.#size += text.length;
    for (const oldest of this.#files.keys()) {
      if (this.#files.size <= mostFiles && this.#size <= mostCharacters) break;
      this.#delete(oldest);
    }
  }

  /** The name under which a text was evaluated that is of no file; undefined if it was not. */
  inputOf(text: string): string | undefined {
    for (const [path, file] of this.#files) {
      if (file.text === text && path.startsWith("<")) return path;
    }
    return undefined;
  }

  #delete(path: string): void {
    this.#size -= this.#files.get(path)?.text.length ?? 0;
    this.#files.delete(path);
  }

  /** The line with a mark under the column; nothing if the file is not known. */
  excerpt(path: string, line: number, column: number): string[] {
    const file = this.#files.get(path);
    const start = file?.offset({ line, column });
    if (file === undefined || start === undefined) return [];
    return renderExcerpt({ file, start, end: start + 1 });
  }
}

const mostFiles = 1000;
const mostCharacters = 2 ** 25;

/** Diagnostics one below the other, with a line end. */
export function renderPlain(diagnostics: readonly PlainDiagnostic[]): string {
  return diagnostics.map(({ rendered }) => `${rendered}\n`).join("");
}

const kinds: Readonly<Record<string, string>> = {
  load: "the object does not fit the program",
  connection: "not compiled",
  internal: "internal error",
};

/** A failure with its place, the source line and the trace, with a line end. */
export function renderFailure(failure: PieceFailure, sources: Sources): string {
  const { code, message, help, trace, omitted } = failure;
  const [place] = trace;
  const what =
    code in kinds ? (kinds[code] ?? "error") : trace.length > 0 ? "runtime error" : "error";
  const lines: string[] = [];
  if (place === undefined || place.line === 0) lines.push(`${what}: ${message}`);
  else {
    lines.push(`${place.file}:${place.line}:${place.column}: ${what}: ${message}`);
    lines.push(...sources.excerpt(place.file, place.line, place.column));
  }
  if (help !== null) lines.push(`  help: ${help}`);
  for (const frame of shown(trace)) {
    const at = frame.line === 0 ? frame.file : `${frame.file}:${frame.line}:${frame.column}`;
    lines.push(`  at ${frame.function} (${at})`);
  }
  const hidden = omitted + Math.max(0, trace.length - mostFrames);
  if (hidden > 0) lines.push(`  … ${hidden} more …`);
  return `${lines.join("\n")}\n`;
}

const mostFrames = 15;

function shown(trace: PieceFailure["trace"]): PieceFailure["trace"] {
  return trace.length > 1 ? trace.slice(0, mostFrames) : [];
}
