// The program's thread writes its output itself: the main thread may be busy or gone.
import { writeSync } from "node:fs";

/** Characters kept before a write. */
const capacity = 32 * 1024;
/** Output older than this many milliseconds is written with the next piece. */
const longestWait = 50;
/** Pause between attempts when a non-blocking pipe is full, in milliseconds. */
const retryPause = 2;

/** Raised by a write that can never succeed. `broken` if it is only that nobody reads any more. */
export class OutputError extends Error {
  readonly broken: boolean;

  constructor(message: string, broken: boolean) {
    super(message);
    this.name = "OutputError";
    this.broken = broken;
  }
}

/** Writes all of the text to a descriptor, waiting for slow readers. */
export function writeText(descriptor: number, text: string): void {
  writeBytes(descriptor, Buffer.from(text));
}

/** Writes all of the bytes to a descriptor, waiting for slow readers. */
export function writeBytes(descriptor: number, bytes: Uint8Array): void {
  let offset = 0;
  while (offset < bytes.length) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (code !== "EAGAIN") {
        throw new OutputError(error instanceof Error ? error.message : code, code === "EPIPE");
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryPause);
    }
  }
}

/** A buffered stream: line by line on a terminal, in large pieces elsewhere. */
export class OutputStream {
  readonly #descriptor: number;
  readonly #interactive: boolean;
  #pending = "";
  #written = -longestWait;

  constructor(descriptor: number, interactive: boolean) {
    this.#descriptor = descriptor;
    this.#interactive = interactive;
  }

  write(text: string): void {
    this.#pending += text;
    if (
      this.#pending.length >= capacity ||
      (this.#interactive && text.includes("\n")) ||
      performance.now() - this.#written >= longestWait
    ) {
      this.flush();
    }
  }

  flush(): void {
    if (this.#pending === "") return;
    const text = this.#pending;
    this.#pending = "";
    writeText(this.#descriptor, text);
    this.#written = performance.now();
  }
}
