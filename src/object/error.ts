// What the readers of objects throw.

/** Bytes that are not a well-formed object: where, and what is wrong. */
export class ObjectError extends Error {
  /** Offset from the start of the object. */
  readonly offset: number;
  readonly reason: string;

  constructor(offset: number, reason: string) {
    super(`malformed object at byte ${offset}: ${reason}`);
    this.name = "ObjectError";
    this.offset = offset;
    this.reason = reason;
  }
}
