// Collects the messages of one analysis: one per place and code, in source order, none while a type is being tried.
import {
  preludePath,
  type Diagnostic,
  type DiagnosticSink,
  type Span,
} from "../../../base/index.ts";

import type * as ast from "../ast.ts";
import { Annotations } from "./annotations.ts";

export class Reporter {
  readonly annotations: Annotations;
  readonly #found = new Map<string, Diagnostic>();
  #silent = 0;
  #note: string | null = null;
  #origin: Span | null = null;

  constructor(annotations = new Annotations()) {
    this.annotations = annotations;
  }

  get silent(): boolean {
    return this.#silent > 0;
  }

  get hasErrors(): boolean {
    return [...this.#found.values()].some(({ severity }) => severity === "error");
  }

  /** Messages so far; `rollBack` takes this. */
  get count(): number {
    return this.#found.size;
  }

  /** Drops the messages behind the first `count`: something is going to be analysed again. */
  rollBack(count: number): void {
    for (const key of [...this.#found.keys()].slice(count)) this.#found.delete(key);
  }

  error(code: string, message: string, span: Span, help?: string): void {
    this.#add("error", { code, message, span, ...(help === undefined ? {} : { help }) });
  }

  warning(code: string, message: string, span: Span, help?: string): void {
    this.#add("warning", { code, message, span, ...(help === undefined ? {} : { help }) });
  }

  /** A collection has other elements than its declaration says. */
  misdeclared(type: ast.TypeExpr, warning: Omit<Diagnostic, "severity">): void {
    if (this.#silent === 0) this.annotations.note(type, { severity: "warning", ...warning });
  }

  /** The analysis gives up somewhere: reported once, and also while types are being tried. */
  limit(code: string, message: string, span: Span, help: string): void {
    if (!this.#found.has(code)) {
      this.#found.set(code, { severity: "error", code, message, span, help });
    }
  }

  /** Something that the grammar has and the compiler does not handle yet; `what` is plural. */
  unsupported(what: string, construct: string, span: Span, help?: string): void {
    this.error(`unsupported/${what}`, `${construct} are not supported yet`, span, help);
  }

  /** Runs an analysis for its types alone: its messages are dropped. */
  silence<T>(run: () => T): T {
    this.#silent += 1;
    try {
      return run();
    } finally {
      this.#silent -= 1;
    }
  }

  /** Runs an analysis whose errors get this note: for which types a function is looked at. */
  within<T>(note: string | null, run: () => T): T {
    const outer = this.#note;
    this.#note = note;
    try {
      return run();
    } finally {
      this.#note = outer;
    }
  }

  /** Whether a function is being built for arguments of certain types that it does not declare. */
  get isInstance(): boolean {
    return this.#note !== null;
  }

  /** The call for whose sake a function of the prelude is being built. */
  get origin(): Span | null {
    return this.#origin;
  }

  /** Runs an analysis whose messages about the prelude point to this call of it. */
  from<T>(origin: Span | null, run: () => T): T {
    const outer = this.#origin;
    this.#origin = origin;
    try {
      return run();
    } finally {
      this.#origin = outer;
    }
  }

  flush(sink: DiagnosticSink): void {
    const inOrder = [...this.#found.values(), ...this.annotations.warnings].sort(
      (a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0),
    );
    for (const diagnostic of onceEach(inOrder)) sink.add(diagnostic);
  }

  #add(severity: Diagnostic["severity"], rest: Omit<Diagnostic, "severity">): void {
    if (this.#silent > 0) return;
    const inPrelude = rest.span?.file.path === preludePath;
    // What a built-in method warns about is not the program's.
    if (inPrelude && severity === "warning") return;
    const span = inPrelude && this.#origin !== null ? this.#origin : rest.span;
    const { code } = rest;
    const key = `${span?.file.path}:${span?.start}:${span?.end}:${code}`;
    if (this.#found.has(key)) return;
    const notes = severity === "error" && this.#note !== null ? { notes: [this.#note] } : {};
    this.#found.set(key, { severity, ...rest, ...(span === undefined ? {} : { span }), ...notes });
  }
}

const mostLines = 8;

/** One message for each construct that is not supported: the other places are a note of the first. */
function onceEach(inOrder: readonly Diagnostic[]): Diagnostic[] {
  const places = new Map<string, number[]>();
  const kept: Diagnostic[] = [];
  for (const diagnostic of inOrder) {
    const { code, message, span } = diagnostic;
    const line = span === undefined ? 0 : span.file.position(span.start).line;
    const lines = places.get(message);
    if (!code.startsWith("unsupported/") || lines === undefined) kept.push(diagnostic);
    if (!code.startsWith("unsupported/")) continue;
    if (lines === undefined) places.set(message, [line]);
    else if (lines.at(-1) !== line) lines.push(line);
  }
  return kept.map((diagnostic) => {
    const [, ...rest] = places.get(diagnostic.message) ?? [];
    if (rest.length === 0) return diagnostic;
    return { ...diagnostic, notes: [...(diagnostic.notes ?? []), `also on ${lineList(rest)}`] };
  });
}

function lineList(lines: readonly number[]): string {
  const shown = lines.slice(0, mostLines).join(", ");
  const more = lines.length - mostLines;
  return `${lines.length === 1 ? "line" : "lines"} ${shown}${more > 0 ? ` and ${more} more` : ""}`;
}

/** The known name nearest to an unknown one; undefined when none is near. */
export function suggest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.min(name.length, Math.max(1, Math.floor(name.length / 3)) + 1);
  for (const candidate of new Set(known)) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours. */
function editDistance(from: string, to: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const cost = from[i - 1] === to[j - 1] ? 0 : 1;
      let least = Math.min(
        (row[j - 1] ?? 0) + 1,
        (previous[j] ?? 0) + 1,
        (previous[j - 1] ?? 0) + cost,
      );
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    before = previous;
    previous = row;
  }
  return previous[to.length] ?? 0;
}
