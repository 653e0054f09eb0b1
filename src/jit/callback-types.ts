// Functions of JavaScript as native code sees them.

/** A scalar or an address as hosts of other languages name it. */
export type JitHostType = "bool" | "i8" | "i16" | "i32" | "i64" | "f32" | "f64" | "ptr";

/** The types of a function for native code to call. */
export interface JitCallbackSignature {
  readonly params: readonly JitHostType[];
  readonly result: JitHostType | "unit";
}

/** A function for native code to call: integers come signed, `i64` and `ptr` as bigints, `bool` as 0 or 1. It may throw. */
export type JitCallbackFunction = (
  ...args: readonly (number | bigint)[]
) => number | bigint | boolean | undefined;

/** Where native code finds a function of JavaScript. */
export interface JitCallback {
  readonly address: number;
  /** Native code must not call it any more. */
  readonly release: () => void;
}
