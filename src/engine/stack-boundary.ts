// The boundary between tier 0 and compiled code of a program: its shadow stack and its traces.
import { shadowStackPointerAddress, shadowStackStart, type MemoryViews } from "../runtime/index.ts";
import type { Boundary } from "./boundary.ts";
import type { Traces } from "./trace.ts";

/** See the head of this file. */
export class StackBoundary implements Boundary {
  readonly views: MemoryViews;
  readonly #traces: Traces;

  constructor(views: MemoryViews, traces: Traces) {
    this.views = views;
    this.#traces = traces;
  }

  mark(): number {
    return this.views.i32[shadowStackPointerAddress >> 2] ?? shadowStackStart;
  }

  leave(error: unknown, mark: number): unknown {
    this.views.i32[shadowStackPointerAddress >> 2] = mark;
    return this.#traces.translate(error);
  }

  enter(error: unknown): void {
    this.#traces.enterCompiled(error);
  }

  /** Does something that may be left by an error, and restores the shadow stack then; `failed` is called before the error goes on. */
  guard<Result>(call: () => Result, failed?: (error: unknown) => void): Result {
    const mark = this.mark();
    try {
      return call();
    } catch (error) {
      this.views.i32[shadowStackPointerAddress >> 2] = mark;
      failed?.(error);
      throw error;
    }
  }
}
