// Mistakes of the caller, of a module, or of the machine.
import { reasonOf } from "../base/index.ts";

/** Something that could not be done; nothing has changed then. The message names what and why. */
export class JitError extends Error {
  override readonly name = "JitError";
  /** One sentence: what to do; empty if that is plain. */
  readonly help: string;

  constructor(message: string, help = "") {
    super(message);
    this.help = help;
  }
}

/** Says why the system does not read a file. */
export function unreadable(file: string, error: unknown): JitError {
  return new JitError(`cannot read \`${file}\`: ${reasonOf(error)}`);
}
