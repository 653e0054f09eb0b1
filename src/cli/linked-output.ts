// Standard output of a program that is linked with native modules, which write there as well, through C's own streams: all of it
// in the order in which it was written.
import type { JitHostFunction } from "../jit/index.ts";
import type { OutputStream } from "./output.ts";

/** See the head of this file. */
export class LinkedOutput {
  readonly #output: OutputStream;
  readonly #flushNative: () => void;
  /** Calls of native functions under way. */
  #depth = 0;
  /** Whether native code has run since its output was last written; it may have when it was loaded. */
  #ran = true;

  constructor(output: OutputStream, flushNative: () => void) {
    this.#output = output;
    this.#flushNative = flushNative;
  }

  /** The function, before whose calls all output of the program is written: it may write, or end the process. */
  wrap(fn: JitHostFunction): JitHostFunction {
    return {
      ...fn,
      call: (...args) => {
        this.#output.flush();
        this.#depth += 1;
        try {
          return fn.call(...args);
        } finally {
          this.#depth -= 1;
          this.#ran = true;
        }
      },
    };
  }

  /** Output of the program, which native code may have called. */
  write(text: string): void {
    this.#flushRan();
    this.#output.write(text);
    if (this.#depth > 0) this.#output.flush();
  }

  /** Has all output written, before something goes elsewhere. */
  flush(): void {
    this.#output.flush();
    this.#flushRan();
  }

  /** What the program has not written yet is newer. */
  #flushRan(): void {
    if (this.#depth === 0 && !this.#ran) return;
    this.#ran = false;
    this.#flushNative();
  }
}
