// What the back end `auto` stands for on this machine.
import type { NativeHost } from "../../loader/native/index.ts";
import type { NativeBackend } from "./backend.ts";

/** What the choice depends on, and who hears of it. */
export interface AutoParts {
  /** Opens native code. Throws the reason if there is none; undefined if the host gives none at all. */
  readonly native: (() => NativeBackend) | undefined;
  /** Told in one line, without its end, if native code cannot be had. */
  readonly notice: (text: string) => void;
}

/** Native code where the machine has it, else wasm. It is looked for at the first question, and the answer stays. */
export class AutoBackend {
  readonly #parts: AutoParts;
  #chosen: "wasm" | "llvm" | null = null;

  constructor(parts: AutoParts) {
    this.#parts = parts;
  }

  /** The back end; the first time it says so if that is not native code. */
  choose(): "wasm" | "llvm" {
    if (this.#chosen !== null) return this.#chosen;
    const why = this.#whyNotNative();
    if (why !== null) this.#parts.notice(`\`auto\` takes the back end \`wasm\`: ${why}`);
    this.#chosen = why === null ? "llvm" : "wasm";
    return this.#chosen;
  }

  #whyNotNative(): string | null {
    const { native } = this.#parts;
    if (native === undefined) return "the host of this program gives no native code";
    try {
      return runsCode(native().host) ? null : "the system refuses executable memory";
    } catch (error) {
      const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
      return reason;
    }
  }
}

/** Whether memory that was written may be executed: hardened systems refuse that. */
function runsCode({ memory }: NativeHost): boolean {
  const { pageSize } = memory;
  const page = memory.reserve(pageSize, "anywhere");
  if (page === null) return false;
  const granted = memory.commit(page, pageSize) && memory.protect(page, pageSize, "read-execute");
  memory.release(page, pageSize);
  return granted;
}
