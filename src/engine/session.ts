// A session: pieces of source run one after the other in one world, as a REPL needs it.
import {
  DiagnosticError,
  DiagnosticSink,
  type Diagnostic,
  type SourceFile,
} from "../base/index.ts";
import { SourceSession } from "../compiler/index.ts";
import type { EngineOptions } from "./options.ts";
import { Program } from "./program.ts";
import { checkHir } from "./verify-hir.ts";

/** What a piece of a session did besides its output. */
export interface PieceResult {
  readonly warnings: readonly Diagnostic[];
  readonly program: Program;
}

/** Runs pieces of source; each sees what the ones before have declared. */
export class Session {
  readonly #options: EngineOptions;
  readonly #source: SourceSession;
  #program: Program | null = null;

  /** A compiler on another thread is not used: it would have to know every piece. */
  constructor(options: EngineOptions) {
    const { background: _, ...rest } = options;
    this.#options = rest;
    this.#source = new SourceSession(options.resolve);
  }

  /** The program that the last piece has made; null before the first. */
  get program(): Program | null {
    return this.#program;
  }

  /** Names that are declared. */
  names(): string[] {
    return this.#source.names();
  }

  /**
   * Runs a piece and prints the value of its last expression. Throws `DiagnosticError` if it has errors: then nothing has
   * changed; `ProgramError` if it was stopped: then its functions and types are kept, its variables are not.
   */
  evaluate(file: SourceFile): PieceResult {
    const { clock } = this.#options;
    const start = clock.monotonicNanos();
    const sink = new DiagnosticSink();
    const evaluation = this.#source.evaluate(file, sink, "value");
    if (evaluation === null) throw new DiagnosticError(sink.all);
    if (this.#options.verify === true) checkHir(evaluation.module);
    const time = Number(clock.monotonicNanos() - start) / 1e6;
    const variables = new Set(this.#source.variables());
    const program = new Program(evaluation.module, this.#options, {
      warnings: sink.all,
      time,
      modules: [],
      session: { before: this.#program, variables },
    });
    this.#program = program;
    let whole = false;
    try {
      program.run();
      whole = true;
    } finally {
      evaluation.keep(whole);
    }
    return { warnings: sink.all, program };
  }

  /** The type of an expression as messages spell it. Throws `DiagnosticError`. */
  typeOf(file: SourceFile): string {
    const sink = new DiagnosticSink();
    const type = this.#source.typeOf(file, sink);
    if (type === null) throw new DiagnosticError(sink.all);
    return type;
  }
}
