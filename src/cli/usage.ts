// A mistake on the command line or in the environment: exit code 2.

/** Raised with a message that names the option or variable, what it was and what it may be. */
export class UsageError extends Error {
  /** One sentence: what to do. */
  readonly help: string | undefined;

  constructor(message: string, help?: string) {
    super(message);
    this.name = "UsageError";
    this.help = help;
  }
}
