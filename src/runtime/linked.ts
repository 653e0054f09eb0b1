// Functions of native modules that a program declares with `extern fn`. A call of one is a push of each argument and a call
// by number: that way all tiers can make it with the few host functions that they know.
import { runtimeError, ProgramError } from "./errors.ts";
import { canonicalInt, type IntValue } from "./int.ts";

/** A type that crosses over: integers by their width, signed or unsigned as the program declares them. */
export type LinkedType = "bool" | "i8" | "i16" | "i32" | "i64" | "f32" | "f64";

/** What must be known of a linked function to call it. */
export interface LinkedSignature {
  readonly name: string;
  readonly params: readonly LinkedType[];
  readonly result: LinkedType | "unit";
  /** Where it is defined, for messages. */
  readonly origin: string;
}

/** A linked function. It throws an `Error` if it cannot be called. */
export interface LinkedFunction extends LinkedSignature {
  readonly call: (
    ...args: readonly (number | bigint)[]
  ) => number | bigint | boolean | undefined | null;
}

/** The host functions that call linked ones, for both callers. */
export function linkedFunctions(linked: readonly LinkedFunction[]) {
  let pushed: (number | bigint)[] = [];
  const call = (number: number): number | bigint => {
    const fn = linked[number];
    if (fn === undefined) throw runtimeError("unreachable");
    const args = pushed;
    pushed = [];
    try {
      return toNumber(fn.call(...args));
    } catch (error) {
      if (error instanceof ProgramError || !(error instanceof Error)) throw error;
      throw new ProgramError("fail", error.message);
    }
  };
  const shared = {
    rt_link_f64: (value: number): undefined => {
      pushed.push(value);
    },
    rt_link_call: (number: number): undefined => {
      call(number);
    },
    rt_link_call_f64: (number: number): number => Number(call(number)),
  };
  return {
    tierZero: {
      ...shared,
      rt_link_i64: (value: IntValue): undefined => {
        pushed.push(value);
      },
      rt_link_call_i64: (number: number): IntValue => canonicalInt(toInt64(call(number))),
    },
    wasm: {
      ...shared,
      rt_link_i64: (value: bigint): undefined => {
        pushed.push(value);
      },
      rt_link_call_i64: (number: number): bigint => toInt64(call(number)),
    },
  };
}

function toNumber(value: number | bigint | boolean | undefined | null): number | bigint {
  return typeof value === "number" || typeof value === "bigint" ? value : Number(value ?? 0);
}

/** What is wider than 64 bits wraps. */
function toInt64(value: number | bigint): bigint {
  return BigInt.asIntN(64, BigInt(value));
}
