// A session: pieces of source run one after the other in one world, as a REPL needs it.
import { DiagnosticError, DiagnosticSink, type Diagnostic, SourceFile } from "../base/index.ts";
import {
  SourceSession,
  type Evaluation,
  type OutlineEntry,
  type PieceEnd,
  type SessionState,
} from "../compiler/index.ts";
import { controlAttention, controlWordAddress, ProgramError } from "../runtime/index.ts";
import type { EngineOptions } from "./options.ts";
import { Program } from "./program.ts";
import { checkHir } from "./verify-hir.ts";

/** What a piece of a session did besides its output. */
export interface PieceResult {
  readonly warnings: readonly Diagnostic[];
  readonly program: Program;
  /** It has declared a type, trait or alias anew with another content: what runs keeps the functions of before that know it. */
  readonly changesTypes: boolean;
}

/** Pieces that `rollback` can take back. */
const mostHistory = 32;

/** What a rollback did. */
export interface RollbackResult {
  /** Pieces that can still be taken back. */
  readonly left: number;
  /** Names whose declarations are others now. */
  readonly changed: readonly string[];
}

/** Tells declarations apart, also of one name. */
function describeEntry({ name, span }: OutlineEntry): string {
  return `${name} ${span.file.text.slice(span.start, span.end)}`;
}

function sameEntries<Entry>(left: readonly Entry[], right: readonly Entry[]): boolean {
  return left.length === right.length && left.every((entry, index) => entry === right[index]);
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
  /** What was evaluated last. */
  #newest: SourceFile | null = null;
  /** States before the last pieces that declared something, the oldest first. */
  readonly #history: { readonly state: SessionState; readonly typeChanges: number }[] = [];

  /**
   * A compiler on another thread is not used: it would have to know every piece. Native code gets no functions of pieces, as they may
   * be replaced while it keeps them.
   */
  constructor(options: EngineOptions) {
    const {
      background: _,
      imports: _imports,
      functionPointers: _pointers,
      attend,
      ...rest
    } = options;
    this.#options = attend === undefined ? rest : { ...rest, attend: () => this.#attend(attend) };
    this.#source = new SourceSession(options.resolve, { linked: options.linked });
  }

  /** The program that the last piece has made; null before the first. */
  get program(): Program | null {
    return this.#program;
  }

  /** The text that a line of a message or trace is from: that of the newest piece, or of a declaration in force. */
  sourceFile(path: string, line: number): SourceFile | undefined {
    const files = [...this.#source.files(), ...(this.#newest === null ? [] : [this.#newest])];
    return (
      files.findLast(
        (file) => file.path === path && file.offset({ line, column: 1 }) !== undefined,
      ) ?? this.#program?.sourceFile(path, line)
    );
  }

  /** Names that are declared. */
  names(): string[] {
    return this.#source.names();
  }

  /** What is declared, for editors. */
  outline(): OutlineEntry[] {
    return this.#source.outline();
  }

  /**
   * Runs a piece and prints the value of its last expression, or what `end` says. Throws `DiagnosticError` if it has errors: then nothing has
   * changed; `ProgramError` if it was stopped: then its functions and types are kept, its variables are not. With the option
   * `attend` it may be called at a safepoint of an earlier piece, from there.
   */
  evaluate(file: SourceFile, end: PieceEnd = "value"): PieceResult {
    const { clock } = this.#options;
    const start = clock.monotonicNanos();
    const sink = new DiagnosticSink();
    const evaluation = this.#source.evaluate(file, sink, end);
    if (evaluation === null) throw new DiagnosticError(sink.all);
    if (this.#options.verify === true) checkHir(evaluation.module);
    const time = Number(clock.monotonicNanos() - start) / 1e6;
    const variables = this.#variables();
    const typesBefore = this.#typeChanges;
    if (evaluation.changesTypes) this.#typeChanges += 1;
    const typeChanges = this.#typeChanges;
    const program = new Program(evaluation.module, this.#options, {
      warnings: sink.all,
      time,
      modules: [],
      session: { before: this.#program, variables, typeChanges, changed: evaluation.changed },
    });
    this.#program = program;
    this.#newest = file;
    if (evaluation.declares) {
      this.#remember(typesBefore);
      try {
        this.#runDeclaring(program, evaluation);
      } catch (error) {
        if (error instanceof ProgramError && evaluation.module.globals.length > 0)
          this.#collectAfter(program);
        this.#newest = file;
        throw error;
      }
    } else {
      // Other pieces may run meanwhile.
      evaluation.keep(true);
      program.run();
    }
    return { warnings: sink.all, program, changesTypes: evaluation.changesTypes };
  }

  /** What the variables of a piece that has failed hold may be all of the heap: what runs on must not have to do without. */
  #collectAfter(failed: Program): void {
    failed.collectSoon();
    this.evaluate(new SourceFile("<failed>", "\n"), "nothing");
  }

  /** Variables in force, and those that a rollback may bring back. */
  #variables(): ReadonlySet<string> {
    const symbols = new Set(this.#source.variables());
    for (const { state } of this.#history)
      for (const symbol of state.symbols.values()) symbols.add(symbol);
    return symbols;
  }

  #remember(typeChanges: number): void {
    this.#history.push({ state: this.#source.state(), typeChanges });
    if (this.#history.length > mostHistory) this.#history.shift();
  }

  /**
   * Takes back what the last pieces have declared, fewer if so many are not remembered: code that calls a function calls
   * the version of before. Values of variables stay as they are. What has run has run.
   */
  rollback(steps: number): RollbackResult {
    const index = Math.max(0, this.#history.length - steps);
    const entry = this.#history[index];
    if (entry === undefined) return { left: 0, changed: [] };
    const before = new Set(this.#source.outline().map(describeEntry));
    this.#history.length = index;
    // Values of types that were declared anew since may be alive.
    if (entry.typeChanges !== this.#typeChanges) this.#typeChanges += 1;
    this.#source.restore(entry.state, false);
    this.#source.buildEverything();
    this.evaluate(new SourceFile("<rollback>", "\n"), "nothing");
    const after = new Set(this.#source.outline().map(describeEntry));
    const others = [...before, ...after].filter((text) => !before.has(text) || !after.has(text));
    return {
      left: index,
      changed: [...new Set(others.map((text) => text.split(" ", 1)[0] ?? ""))],
    };
  }

  /** What was declared up to here is not taken back by any `rollback`. */
  settle(): void {
    this.#history.length = 0;
  }

  #runDeclaring(program: Program, evaluation: Evaluation): void {
    const kept = this.#source.state();
    let whole = false;
    this.#declaring += 1;
    try {
      program.run();
      whole = true;
    } finally {
      this.#declaring -= 1;
      evaluation.keep(whole);
      // Nothing is left of variables that were to be declared.
      if (!whole && sameEntries(kept.kept, this.#source.state().kept)) this.#history.pop();
      if (this.#attendLater && this.#declaring === 0) {
        this.#attendLater = false;
        const { i32 } = program.views;
        Atomics.or(i32, controlWordAddress >> 2, controlAttention);
      }
    }
  }

  /** Later pieces could use variables that have no value yet. */
  #attend(attend: (open: boolean) => void): void {
    const open = this.#declaring === 0;
    this.#attendLater ||= !open;
    attend(open);
  }

  /** The type of an expression as messages spell it. Throws `DiagnosticError`. */
  typeOf(file: SourceFile): string {
    const sink = new DiagnosticSink();
    const type = this.#source.typeOf(file, sink);
    if (type === null) throw new DiagnosticError(sink.all);
    return type;
  }
}
