// Values between tier 0 and wasm code, in both directions.
import type { HirFunction, Type, ValueType } from "../ir/hir/index.ts";
import type { WasmFunction } from "../loader/index.ts";
import {
  readLocal,
  writeLocal,
  type Frame,
  type FunctionCell,
  type FunctionCode,
  type Value,
} from "../interp/index.ts";

/** A value in the JavaScript interface of wasm. */
export type WasmValue = number | bigint;

/** The form in which wasm takes a value; i64, u64 and `any` are BigInt, wrapped by the interface itself. */
export function toWasm(type: ValueType, value: Value): WasmValue {
  if (type === "i64" || type === "u64" || type === "any")
    return typeof value === "bigint" ? value : BigInt(value);
  return typeof value === "bigint" ? Number(value) : +value;
}

/** The tier-0 form of what wasm gave. */
export function fromWasm(type: Type, value: ReturnType<WasmFunction>): Value {
  if (value === undefined || typeof value === "object") return 0;
  switch (type) {
    case "i64":
    case "any":
      return typeof value === "bigint" ? canonical(value) : value;
    case "u64":
      return typeof value === "bigint" ? canonical(BigInt.asUintN(64, value)) : value;
    case "u32":
    case "ref":
      return Number(value) >>> 0;
    case "bool":
      return value !== 0;
    case "i8":
    case "i16":
    case "i32":
    case "u8":
    case "u16":
    case "f32":
    case "f64":
    case "unit":
      return value;
  }
}

function canonical(value: bigint): number | bigint {
  const narrow = Number(value);
  return Number.isSafeInteger(narrow) ? narrow : value;
}

/** What a call of compiled code needs besides the code. */
export interface Boundary {
  /** Top of the shadow stack, to be given to `leave`. */
  mark(): number;
  /** Restores the shadow stack and returns what to throw instead of what compiled code threw. */
  leave(error: unknown, mark: number): unknown;
  /** Takes note of the compiled frames that an error thrown by tier 0 is about to pass. */
  enter(error: unknown): void;
}

/** Tier-0 code that calls a compiled function. */
export function callCompiled(
  fn: HirFunction,
  compiled: WasmFunction,
  boundary: Boundary,
): FunctionCode {
  const types = fn.locals.slice(0, fn.parameterCount).map((local) => local.type);
  const { result } = fn;
  const [first, second] = types;
  if (types.length === 1 && first !== undefined) {
    return (frame) => {
      const mark = boundary.mark();
      try {
        return fromWasm(result, compiled(toWasm(first, readLocal(frame, 0))));
      } catch (error) {
        throw boundary.leave(error, mark);
      }
    };
  }
  if (types.length === 2 && first !== undefined && second !== undefined) {
    return (frame) => {
      const mark = boundary.mark();
      try {
        const a = toWasm(first, readLocal(frame, 0));
        return fromWasm(result, compiled(a, toWasm(second, readLocal(frame, 1))));
      } catch (error) {
        throw boundary.leave(error, mark);
      }
    };
  }
  return (frame) => {
    const mark = boundary.mark();
    try {
      const args = types.map((type, index) => toWasm(type, readLocal(frame, index)));
      return fromWasm(result, compiled(...args));
    } catch (error) {
      throw boundary.leave(error, mark);
    }
  };
}

/** A JavaScript function with wasm values that runs whatever code is in the cell. */
export function callInterpreted(cell: FunctionCell, boundary: Boundary): WasmFunction {
  const { fn } = cell;
  const types = fn.locals.slice(0, fn.parameterCount).map((local) => local.type);
  const { result } = fn;
  return (...args) => {
    const frame: Frame = cell.template.slice();
    types.forEach((type, index) => {
      writeLocal(frame, index, fromWasm(type, args[index]));
    });
    try {
      const value = cell.code(frame);
      return result === "unit" ? undefined : toWasm(result, value);
    } catch (error) {
      boundary.enter(error);
      throw error;
    }
  };
}
