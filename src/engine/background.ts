// Compilation on another thread: what the engine asks for and how results come back.
import { DiagnosticSink, type SourceFile } from "../base/index.ts";
import { compileUnit, frontend, ModuleFacts } from "../compiler/index.ts";
import { replaying, type LoadedModule } from "./modules.ts";
import type { UnitPlan } from "./units.ts";

/** A unit to compile on another thread; `id` comes back with the result. */
export interface BackgroundRequest {
  readonly id: number;
  readonly plan: UnitPlan;
}

/** `object` is null if the compilation failed; the program then stays in its tier. */
export interface BackgroundResult {
  readonly id: number;
  readonly object: Uint8Array | null;
  readonly error: string;
  /** Milliseconds on the other thread. */
  readonly compileTime: number;
}

/**
 * A compiler on another thread, given by the host. When a result is ready it sets the results word of the program's memory
 * (`resultsWordAddress`), which must be shared; the program then takes the results when it polls next.
 */
export interface BackgroundCompiler {
  request(request: BackgroundRequest): void;
  /** The results that have arrived, without waiting. */
  take(): BackgroundResult[];
}

/** The other side: compiles plans for one source file. HIR is the same on both sides because the front end is deterministic. */
export class BackgroundService {
  readonly #facts: ModuleFacts;
  readonly #now: () => number;

  /** Throws if the file has errors. */
  constructor(file: SourceFile, modules: readonly LoadedModule[], now: () => number) {
    const module = frontend(file, new DiagnosticSink(), replaying(modules));
    if (module === null) throw new Error(`${file.path} has errors`);
    this.#facts = new ModuleFacts(module);
    this.#now = now;
  }

  compile({ id, plan }: BackgroundRequest): BackgroundResult {
    const start = this.#now();
    try {
      const object = compileUnit(this.#facts, plan.requests, plan.options);
      return { id, object, error: "", compileTime: this.#now() - start };
    } catch (error) {
      return { id, object: null, error: String(error), compileTime: this.#now() - start };
    }
  }
}
