// Diagnostics are values. User mistakes become a Diagnostic in a sink; broken invariants throw.
import { formatPosition, type Span } from "./source.ts";

/** An error refuses the program, a warning lets it run. */
export type Severity = "error" | "warning";

/** One message about the user's program. `code` is `phase/what` in kebab-case and never changes. */
export interface Diagnostic {
  readonly severity: Severity;
  readonly code: string;
  /** Lower-case start, no final period, code in backticks: what was found and what was expected. */
  readonly message: string;
  readonly span?: Span;
  readonly notes?: readonly string[];
  /** One sentence: what to do. */
  readonly help?: string;
}

/** Collects diagnostics; stops keeping errors past a limit so that a broken file stays readable. */
export class DiagnosticSink {
  readonly all: Diagnostic[] = [];
  readonly limit: number;
  #errors = 0;

  constructor(limit = 20) {
    this.limit = limit;
  }

  get errorCount(): number {
    return this.#errors;
  }

  get hasErrors(): boolean {
    return this.#errors > 0;
  }

  add(diagnostic: Diagnostic): void {
    if (diagnostic.severity === "error") {
      this.#errors += 1;
      if (this.#errors > this.limit) return;
    }
    this.all.push(diagnostic);
  }

  error(code: string, message: string, span: Span, help?: string): void {
    this.add({ severity: "error", code, message, span, ...(help === undefined ? {} : { help }) });
  }

  warning(code: string, message: string, span: Span, help?: string): void {
    this.add({ severity: "warning", code, message, span, ...(help === undefined ? {} : { help }) });
  }
}

/** Thrown where compilation cannot go on; carries what the sink held. */
export class DiagnosticError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics[0]?.message ?? "compilation failed");
    this.name = "DiagnosticError";
    this.diagnostics = diagnostics;
  }
}

const longestShownLine = 160;

/** The text form: `file:line:col: error: message [code]`, the source line, a caret line, notes, help. */
export function renderDiagnostic(diagnostic: Diagnostic): string {
  const { severity, code, message, span } = diagnostic;
  const lines: string[] = [];
  const where = span === undefined ? "" : `${formatPosition(span)}: `;
  lines.push(`${where}${severity}: ${message} [${code}]`);
  if (span !== undefined) lines.push(...renderExcerpt(span));
  for (const note of diagnostic.notes ?? []) lines.push(`  note: ${note}`);
  if (diagnostic.help !== undefined) lines.push(`  help: ${diagnostic.help}`);
  return lines.join("\n");
}

/** The source line with carets under the span, tabs kept so that the carets stand right. */
export function renderExcerpt(span: Span): string[] {
  const { line, column } = span.file.position(span.start);
  const text = span.file.lineText(line);
  const from = Math.max(0, column - 1 - longestShownLine / 2);
  const shown = text.slice(from, from + longestShownLine);
  const before = text.slice(from, column - 1).replace(/[^\t]/g, " ");
  const room = Math.max(1, shown.length - (column - 1 - from));
  const width = Math.max(1, Math.min(span.end - span.start, room));
  const gutter = String(line);
  return [
    `  ${gutter} | ${shown}`,
    `  ${" ".repeat(gutter.length)} | ${before}${"^".repeat(width)}`,
  ];
}
