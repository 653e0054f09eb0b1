// Compilation on another thread: what the engine asks for and how results come back.
import { DiagnosticSink, type SourceFile, type Span } from "../base/index.ts";
import {
  compileProfiledUnit,
  compileUnit,
  frontend,
  loopInterface,
  type LoopInterface,
  ModuleFacts,
  type ProfilingReport,
} from "../compiler/index.ts";
import { readNative } from "../loader/native/index.ts";
import type { LinkedSignature } from "../runtime/index.ts";
import { describeGuards } from "./guards-text.ts";
import { usesHeap } from "./heap.ts";
import { replaying, type LoadedModule } from "./modules.ts";
import type { NativeBackend } from "./native/index.ts";
import type { CompiledObject, UnitPlan } from "./units.ts";

/** A unit to compile on another thread; `id` comes back with the result. */
export interface BackgroundRequest {
  readonly id: number;
  readonly plan: UnitPlan;
}

/**
 * The number of a unit that nobody asked for and that is not put into slots: installing the first unit takes twice as long as any later
 * one, since V8 makes functions when they are first called, so it is done once with this one.
 */
export const rehearsal = -1;

/** `object` is null if the compilation failed; the program then stays in its tier. */
export interface BackgroundResult {
  readonly id: number;
  readonly object: CompiledObject | null;
  readonly error: string;
  /** Milliseconds on the other thread. */
  readonly compileTime: number;
  /** What spares the program's thread work on a unit; absent from a unit that failed. */
  readonly about?: UnitNotes;
}

/** What is known of a unit where it was compiled. */
export interface UnitNotes {
  /** For each request of the plan how its code is called, if it is a loop. */
  readonly interfaces: readonly (LoopInterface | null)[];
  /** Of a native unit: what it observes, or is made for. */
  readonly report?: ProfilingReport;
  /** The latter in words. */
  readonly madeFor?: readonly string[];
}

/**
 * A compiler on another thread, given by the host. When a result is ready it sets the results word of the program's memory
 * (`resultsWordAddress`), which must be shared; the program then takes the results when it polls next.
 */
export interface BackgroundCompiler {
  request(request: BackgroundRequest): void;
  /** Results that have arrived, without waiting; none only if there are no more. */
  take(): BackgroundResult[];
}

/** What the other side needs beside the source. */
export interface BackgroundServiceOptions {
  readonly now: () => number;
  /** Called when native code is first asked for; may throw. */
  readonly native?: () => NativeBackend;
  /** Functions of native modules, as the program has them. */
  readonly linked?: readonly LinkedSignature[];
}

/** The other side: compiles plans for one source file. HIR is the same on both sides because the front end is deterministic. */
export class BackgroundService {
  readonly #facts: ModuleFacts;
  readonly #now: () => number;
  #isWarm = false;
  readonly #native: (() => NativeBackend) | undefined;

  /** Throws if the file has errors. */
  constructor(
    file: SourceFile,
    modules: readonly LoadedModule[],
    { now, native, linked }: BackgroundServiceOptions,
  ) {
    const module = frontend(file, new DiagnosticSink(), replaying(modules), linked);
    if (module === null) throw new Error(`${file.path} has errors`);
    this.#facts = new ModuleFacts(module);
    this.#now = now;
    this.#native = native;
  }

  compile({ id, plan }: BackgroundRequest): BackgroundResult {
    const start = this.#now();
    try {
      const compiled = this.#compiled(plan);
      return { id, ...compiled, error: "", compileTime: this.#now() - start };
    } catch (error) {
      return { id, object: null, error: String(error), compileTime: this.#now() - start };
    }
  }

  #compiled({ requests, options, backend }: UnitPlan): Pick<BackgroundResult, "object" | "about"> {
    const facts = this.#facts;
    const interfaces = requests.map((request) =>
      request.kind === "loop" ? loopInterface(facts.loops(request.function), request.loop) : null,
    );
    if (backend === "wasm")
      return { object: compileUnit(facts, requests, options), about: { interfaces } };
    if (this.#native === undefined) throw new Error("there is no native back end");
    const { compiler, host } = this.#warmNative(this.#native());
    const { object, report } = compileProfiledUnit(facts, requests, { options, compiler });
    const madeFor = describeGuards(facts, report.guarded, requests[0]);
    // Read and laid out here, so that the program does not stand still for it.
    const read = readNative(object, host.memory.pageSize);
    return { object: read, about: { interfaces, report, madeFor } };
  }

  /**
   * Gets ready for native code, which takes longer than a compilation. The result is for the program to rehearse with; null if there
   * is no native code: the first compilation says why.
   */
  warm(): BackgroundResult | null {
    const { functions } = this.#facts.module;
    const smallest = functions.reduce((least, fn) =>
      length(fn.span) < length(least.span) ? fn : least,
    );
    const request = {
      kind: "function",
      function: smallest.id,
      counted: false,
      outlined: false,
    } as const;
    const options = { name: "rehearsal", level: 0 } as const;
    const result = this.compile({
      id: rehearsal,
      plan: { requests: [request], options, backend: "llvm" },
    });
    return result.object === null ? null : result;
  }

  #warmNative(native: NativeBackend): NativeBackend {
    if (this.#isWarm) return native;
    // Kept where the program's thread finds it, which then does not have to make it.
    native.runtime();
    if (usesHeap(this.#facts.module)) native.library();
    this.#isWarm = true;
    return native;
  }
}

/** Functions that stand nowhere in the source, as the top level, may be of any size. */
function length({ start, end }: Span): number {
  return end > start ? end - start : Number.POSITIVE_INFINITY;
}
