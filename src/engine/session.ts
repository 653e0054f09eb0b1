// A session: pieces of source run one after the other in one world, as a REPL needs it.
import {
  DiagnosticError,
  DiagnosticSink,
  type Diagnostic,
  type SourceFile,
} from "../base/index.ts";
import { SourceSession, type Evaluation } from "../compiler/index.ts";
import { controlAttention, controlWordAddress } from "../runtime/index.ts";
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
  #typeChanges = 0;
  /** Pieces under way that declare something; while there are any no other piece can run. */
  #declaring = 0;
  #attendLater = false;

  /** A compiler on another thread is not used: it would have to know every piece. */
  constructor(options: EngineOptions) {
    const { background: _, attend, ...rest } = options;
    this.#options =
      attend === undefined ? rest : { ...rest, attend: () => this.#attendUnlessDeclaring(attend) };
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
   * changed; `ProgramError` if it was stopped: then its functions and types are kept, its variables are not. With the option
   * `attend` it may be called at a safepoint of an earlier piece, from there.
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
    if (evaluation.changesTypes) this.#typeChanges += 1;
    const typeChanges = this.#typeChanges;
    const program = new Program(evaluation.module, this.#options, {
      warnings: sink.all,
      time,
      modules: [],
      session: { before: this.#program, variables, typeChanges },
    });
    this.#program = program;
    if (evaluation.declares) this.#runDeclaring(program, evaluation);
    else {
      // Other pieces may run meanwhile.
      evaluation.keep(true);
      program.run();
    }
    return { warnings: sink.all, program };
  }

  #runDeclaring(program: Program, evaluation: Evaluation): void {
    let whole = false;
    this.#declaring += 1;
    try {
      program.run();
      whole = true;
    } finally {
      this.#declaring -= 1;
      evaluation.keep(whole);
      if (this.#attendLater && this.#declaring === 0) {
        this.#attendLater = false;
        const { i32 } = program.views;
        Atomics.or(i32, controlWordAddress >> 2, controlAttention);
      }
    }
  }

  /** Later pieces could use variables that have no value yet. */
  #attendUnlessDeclaring(attend: () => void): void {
    if (this.#declaring > 0) this.#attendLater = true;
    else attend();
  }

  /** The type of an expression as messages spell it. Throws `DiagnosticError`. */
  typeOf(file: SourceFile): string {
    const sink = new DiagnosticSink();
    const type = this.#source.typeOf(file, sink);
    if (type === null) throw new DiagnosticError(sink.all);
    return type;
  }
}
