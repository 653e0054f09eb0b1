// The door of the engine: source text in, a program out.
import { DiagnosticError, DiagnosticSink, type SourceFile } from "../base/index.ts";
import { frontend } from "../compiler/index.ts";
import { recording } from "./modules.ts";
import type { EngineOptions } from "./options.ts";
import { Program } from "./program.ts";
import { checkHir } from "./verify-hir.ts";

/** Loads programs under one set of options. */
export class Engine {
  readonly #options: EngineOptions;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /** Parses, checks and loads a program. Throws `DiagnosticError` with all diagnostics if it has errors. */
  load(file: SourceFile): Program {
    const { clock } = this.#options;
    const start = clock.monotonicNanos();
    const sink = new DiagnosticSink();
    const { resolve, loaded } = recording(this.#options.resolve ?? (() => null));
    const module = frontend(file, sink, resolve, this.#options.linked);
    if (module === null || sink.hasErrors) throw new DiagnosticError(sink.all);
    if (this.#options.verify === true) checkHir(module);
    const time = Number(clock.monotonicNanos() - start) / 1e6;
    return new Program(module, this.#options, { warnings: sink.all, time, modules: loaded });
  }
}
