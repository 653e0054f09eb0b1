// Places in the source for traces, and what happens to errors that pass a call.
import type { Span } from "../../base/index.ts";
import {
  isStackExhaustion,
  ProgramError,
  runtimeError,
  type TraceFrame,
} from "../../runtime/index.ts";

/** A place in a function; its line and column are looked up when a trace first needs them. */
export class Site {
  readonly function: string;
  readonly span: Span;
  #frame: TraceFrame | undefined;

  constructor(functionName: string, span: Span) {
    this.function = functionName;
    this.span = span;
  }

  get frame(): TraceFrame {
    if (this.#frame === undefined) {
      const { file, start } = this.span;
      this.#frame = { function: this.function, file: file.path, ...file.position(start) };
    }
    return this.#frame;
  }
}

/** A runtime error that happens at a site. */
export function failure(code: Parameters<typeof runtimeError>[0], site: Site): ProgramError {
  return located(runtimeError(code), site);
}

/** Puts the frame of a site behind those that the error has. */
export function located(error: ProgramError, site: Site): ProgramError {
  error.addFrame(site.frame);
  return error;
}

/** The error to throw on where one passes a call at this site; a host stack that is used up becomes a `ProgramError`. */
export function unwound(error: unknown, site: Site): unknown {
  try {
    if (error instanceof ProgramError) return located(error, site);
    if (isStackExhaustion(error)) return failure("stack_overflow", site);
  } catch {
    // Too little of the stack is free yet: a call further out will do it.
  }
  return error;
}
