// Mistakes of the caller, of a module, or of the machine.

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
