// What callers without a type checker may get wrong.
import type { LlvmLevel } from "../codegen/llvm/index.ts";
import type { JitOptions } from "./api.ts";
import type { JitCallbackFunction, JitCallbackSignature, JitHostType } from "./callback-types.ts";
import { JitError } from "./error.ts";

/** Throws `JitError` unless it is 0, 1, 2 or 3; `what` names it. */
export function checkLevel(level: LlvmLevel, what: string): void {
  if ([0, 1, 2, 3].includes(level)) return;
  throw new JitError(`${what} must be 0, 1, 2 or 3, found ${shown(level)}`);
}

/** Throws `JitError` for an option that makes no sense. */
export function checkOptions(options: JitOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new JitError(`options must be an object, found ${shown(options)}`);
  }
  const { background = false, onEvent } = options;
  if (typeof background !== "boolean" && typeof background !== "function") {
    throw new JitError(`\`background\` must be true or false, found ${shown(background)}`);
  }
  if (onEvent !== undefined && typeof onEvent !== "function") {
    throw new JitError(`\`onEvent\` must be a function, found ${shown(onEvent)}`);
  }
  const { first = 0, top = 2, thresholds = {}, pools = {}, mostBytes, mostFunctions } = options;
  checkLevel(first, "the first level");
  checkLevel(top, "the highest level");
  if (first > top) throw new JitError(`the first level, ${first}, is above the highest, ${top}`);
  for (const [name, count] of Object.entries(thresholds)) {
    if (!["o1", "o2", "o3"].includes(name)) {
      throw new JitError(`thresholds are \`o1\`, \`o2\` and \`o3\`, found \`${name}\``);
    }
    checkCount(count, `the threshold \`${name}\``);
  }
  for (const [name, bytes] of Object.entries(pools)) {
    if (bytes !== undefined) checkCount(bytes, `the size of the pool \`${name}\``);
  }
  if (mostBytes !== undefined) checkCount(mostBytes, "`mostBytes`");
  if (mostFunctions !== undefined) checkCount(mostFunctions, "`mostFunctions`");
}

/** Infinity is a limit that is never met. */
function checkCount(count: unknown, what: string): void {
  if (typeof count === "number" && count >= 1) return;
  throw new JitError(`${what} must be a number from 1, found ${shown(count)}`);
}

/** A number of cycles. Throws `JitError`. */
export function checkCycles(cycles: bigint | number): bigint {
  const whole = typeof cycles === "bigint" || Number.isSafeInteger(cycles);
  if (whole && cycles >= 0) return BigInt(cycles);
  throw new JitError(`cycles must be an integer that is not negative, found ${shown(cycles)}`);
}

/** The bytes of a module that was given as such or as a text. Throws `JitError`. */
export function checkModule(module: Uint8Array | string, name: string): Uint8Array {
  if (typeof module === "string") return new TextEncoder().encode(module);
  if (module instanceof Uint8Array) return module;
  throw new JitError(`\`${name}\` must be bytes or a text, found ${shown(module)}`);
}

const callbackTypes: Readonly<Record<JitHostType, true>> = {
  bool: true,
  i8: true,
  i16: true,
  i32: true,
  i64: true,
  f32: true,
  f64: true,
  ptr: true,
};

/** Throws `JitError` unless native code can call the function with these types. */
export function checkCallback(signature: JitCallbackSignature, call: JitCallbackFunction): void {
  checkCall(call);
  const { params, result }: Partial<JitCallbackSignature> = signature ?? {};
  if (!Array.isArray(params) || result === undefined)
    throw new JitError("a callback has `params`, a list of types, and `result`, a type or `unit`");
  const types: readonly unknown[] = result === "unit" ? params : [...params, result];
  const known = Object.keys(callbackTypes);
  const odd = types.find((type) => typeof type !== "string" || !known.includes(type));
  if (odd === undefined && !types.includes(undefined)) return;
  throw new JitError(`${shown(odd)} is no type of a callback`, `there are ${known.join(", ")}`);
}

/** Throws `JitError` unless it is a function. */
export function checkCall(call: JitCallbackFunction): void {
  if (typeof call === "function") return;
  throw new JitError(`native code calls functions, found ${shown(call)}`);
}

/** Throws `JitError` unless it can be a function's name. */
export function checkName(name: string): void {
  if (typeof name === "string") return;
  throw new JitError(`a function is found by its name, found ${shown(name)}`);
}

/** The path of a file. Throws `JitError`. */
export function checkPath(file: string): string {
  if (typeof file === "string") return file;
  throw new JitError(`a file is named by its path, found ${shown(file)}`);
}

/** What a caller gave, for messages: objects may have no text. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "a list" : "an object";
    case "function":
      return "a function";
    case "string":
      return `the text \`${value.slice(0, 40)}\``;
    case "number":
    case "bigint":
    case "boolean":
    case "symbol":
    case "undefined":
      return String(value);
  }
}
