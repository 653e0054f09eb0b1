// Mistakes of the caller, of a kernel's source, or of the machine.

/** Something that could not be done; nothing has changed then. The message names what and why. */
export class KernelError extends Error {
  override readonly name = "KernelError";
  /** One sentence: what to do; empty if that is plain. */
  readonly help: string;

  constructor(message: string, help = "") {
    super(message);
    this.help = help;
  }
}
