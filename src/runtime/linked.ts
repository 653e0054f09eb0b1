// Functions of native modules that a program declares with `extern fn`. A call of one is a push of each argument and a call
// by number: that way all tiers can make it with the few host functions that they know.
import { runtimeError, ProgramError } from "./errors.ts";
import { canonicalInt, type IntValue } from "./int.ts";
import type { MemoryViews } from "./memory.ts";
import { arrayLayout, bufferLayout } from "./object-layout.ts";

/** Arrays that cross over, by their type: views of the program's elements, for the time of the call. */
export interface LinkedArrays {
  readonly "[i8]": Int8Array;
  readonly "[i16]": Int16Array;
  readonly "[i32]": Int32Array;
  readonly "[f32]": Float32Array;
  readonly "[f64]": Float64Array;
}

/** A type that crosses over: integers by their width, signed or unsigned as the program declares them. */
export type LinkedType = "bool" | "i8" | "i16" | "i32" | "i64" | "f32" | "f64" | keyof LinkedArrays;

/** An argument of a linked function, by its type. */
export type LinkedArgument = number | bigint | LinkedArrays[keyof LinkedArrays];

/** What must be known of a linked function to call it. */
export interface LinkedSignature {
  readonly name: string;
  readonly params: readonly LinkedType[];
  readonly result: LinkedType | "unit";
  /** Where it is defined, for messages. */
  readonly origin: string;
}

/** The code of a linked function; a method, so that functions of narrower parameters fit: its signature says what it is given. */
export type LinkedCode = {
  code(...args: readonly LinkedArgument[]): number | bigint | boolean | undefined | null;
}["code"];

/** A linked function. It throws an `Error` if it cannot be called. */
export interface LinkedFunction extends LinkedSignature {
  readonly call: LinkedCode;
}

type ViewElements<Elements> = (buffer: ArrayBufferLike, at: number, length: number) => Elements;

const viewElements: { readonly [Type in keyof LinkedArrays]: ViewElements<LinkedArrays[Type]> } = {
  "[i8]": (...place) => new Int8Array(...place),
  "[i16]": (...place) => new Int16Array(...place),
  "[i32]": (...place) => new Int32Array(...place),
  "[f32]": (...place) => new Float32Array(...place),
  "[f64]": (...place) => new Float64Array(...place),
};

function isArrayType(type: LinkedType | undefined): type is keyof LinkedArrays {
  return type !== undefined && type in viewElements;
}

/** The elements of the array at an address. */
function elementsOf(views: MemoryViews, type: keyof LinkedArrays, array: number): LinkedArgument {
  views.refresh();
  const word = (offset: number): number => (views.i32[(array + offset) >>> 2] ?? 0) >>> 0;
  const [buffer, length] = [word(arrayLayout.buffer), word(arrayLayout.length)];
  const start = length === 0 ? 0 : buffer + bufferLayout.data;
  return viewElements[type](views.memory.buffer, start, length);
}

/** The host functions that call linked ones, for both callers; arrays are in `memory`. */
export function linkedFunctions(linked: readonly LinkedFunction[], memory: MemoryViews) {
  let pushed: (number | bigint)[] = [];
  const call = (number: number): number | bigint => {
    const fn = linked[number];
    if (fn === undefined) throw runtimeError("unreachable");
    const args = pushed;
    pushed = [];
    try {
      const given = args.map((arg, i) => {
        const type = fn.params[i];
        return isArrayType(type) ? elementsOf(memory, type, Number(arg)) : arg;
      });
      return toNumber(fn.call(...given));
    } catch (error) {
      if (error instanceof ProgramError || !(error instanceof Error)) throw error;
      throw new ProgramError("fail", error.message);
    }
  };
  const shared = {
    rt_link_f64: (value: number): undefined => {
      pushed.push(value);
    },
    rt_link_ref: (address: number): undefined => {
      pushed.push(address >>> 0);
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
