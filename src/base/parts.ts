// Work that is done in parts, so that other things can be done between them.

/** Work in parts, which end at each `yield`. */
export type Parts<Result> = Generator<undefined, Result, undefined>;

/** Does all of it now. */
export function doAll<Result>(parts: Parts<Result>): Result {
  for (;;) {
    const part = parts.next();
    if (part.done === true) return part.value;
  }
}
