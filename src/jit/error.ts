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

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file"],
  ["EACCES", "no permission"],
  ["EISDIR", "it is a directory"],
]);

/** Says why the system does not read a file. */
export function unreadable(file: string, error: unknown): JitError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = error instanceof Error ? error.message : String(error);
  return new JitError(`cannot read \`${file}\`: ${reasons.get(code) ?? message}`);
}
