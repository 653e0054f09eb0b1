// Functions of native modules that a program declares with `extern fn`, and the way back. A call of one is a push of each
// argument and a call by number: that way all tiers can make it with the few host functions that they know. Objects are pushed
// with a word that says how they are passed (`passing.ts`).
import { isStackExhaustion, runtimeError, ProgramError } from "./errors.ts";
import { canonicalInt, type IntValue } from "./int.ts";
import { arrayElements, terminatedText, type NativeMemoryView } from "./linked-memory.ts";
import type { MemoryViews, SlotValue } from "./memory.ts";
import type { ObjectLayout } from "./object-display.ts";
import { firstProgramType, type StorageType } from "./object-layout.ts";
import {
  decodePassing,
  type LinkedScalar,
  type LinkedType,
  type PassedScalar,
  type Passing,
} from "./passing.ts";

/** What must be known of a linked function to call it. */
export interface LinkedSignature {
  readonly name: string;
  readonly params: readonly LinkedType[];
  readonly result: LinkedScalar | "unit";
  /** Where it is defined, for messages. */
  readonly origin: string;
}

/** An argument by its type; of `ptr` an address, or memory that is used in place for the time of the call. */
export type LinkedArgument = number | bigint | NativeMemoryView | Uint8Array;
/** What a linked function gives; booleans as such or as 0 and 1. */
export type LinkedResult = number | bigint | boolean | undefined | null;

/** The code of a linked function; a method, so that functions of narrower parameters fit: its signature says what it is given. */
export type LinkedCode = { code(...args: readonly LinkedArgument[]): LinkedResult }["code"];

/** A linked function. It throws an `Error` if it cannot be called, and what a function of the program threw that it called. */
export interface LinkedFunction extends LinkedSignature {
  readonly call: LinkedCode;
}

/** A function of the program as native code calls it: integers are signed, addresses are bigints. */
export type LinkedCallback = (...args: readonly (number | bigint)[]) => number | bigint | undefined;

/** A function of the program that native modules want to call by its name. */
export interface LinkedImport extends Omit<LinkedSignature, "params"> {
  readonly params: readonly LinkedScalar[];
  /** Says what it is; until then a call of it fails. */
  readonly bind: (call: LinkedCallback) => void;
}

/** Code that calls the program; it must not be called any more when it has been released. */
export interface FunctionPointer {
  readonly address: number | bigint;
  readonly release: () => void;
}

/** Makes code for native modules to call. What the function throws ends the native call under way, which throws it on. */
export type FunctionPointers = (
  signature: { readonly params: readonly LinkedScalar[]; readonly result: LinkedScalar | "unit" },
  call: LinkedCallback,
) => FunctionPointer;

/** What calls of linked functions need of their program. */
export interface LinkedHost {
  readonly linked?: readonly LinkedFunction[];
  readonly functionPointers?: FunctionPointers;
  readonly memory: MemoryViews;
  readonly layouts?: readonly ObjectLayout[];
  /** Calls a closure of the program. */
  readonly callClosure?: (closure: number, args: readonly SlotValue[]) => SlotValue;
}

/** Function pointers of different closures that are kept; of more the oldest give way. */
export const mostFunctionPointers = 4096;

const wideFields: ReadonlySet<StorageType> = new Set(["i64", "u64", "f64", "any"]);

/** Native calls: the arguments that have been pushed, and what native code refers to. */
class LinkedCalls {
  readonly #host: LinkedHost;
  #pushed: LinkedArgument[] = [];
  /** Objects of the pushed arguments, and of those of calls under way. */
  #objects: number[] = [];
  readonly #underWay: (readonly number[])[] = [];
  /** By signature and content of the closure, the oldest first. */
  readonly #pointers = new Map<string, { readonly closure: number; pointer: FunctionPointer }>();
  readonly #passings = new Map<bigint, Passing>();

  constructor(host: LinkedHost) {
    this.#host = host;
  }

  push(value: number | bigint): undefined {
    this.#pushed.push(value);
  }

  /** Pushes an object; `code` says how it is passed. */
  pushObject(object: number, code: bigint): undefined {
    let passing = this.#passings.get(code);
    if (passing === undefined) this.#passings.set(code, (passing = decodePassing(code)));
    const { memory } = this.#host;
    memory.refresh();
    this.#objects.push(object);
    switch (passing.kind) {
      case "array":
        this.#pushed.push(arrayElements(memory, object));
        return;
      case "text":
        this.#pushed.push(terminatedText(memory, object));
        return;
      case "function":
        this.#pushed.push(this.#pointer(object, passing, code));
    }
  }

  call(number: number): number | bigint {
    const fn = this.#host.linked?.[number];
    if (fn === undefined) throw runtimeError("unreachable");
    // In front of them may be arguments of a call that an error has prevented.
    const args = this.#pushed.slice(this.#pushed.length - fn.params.length);
    this.#underWay.push(this.#objects);
    this.#pushed = [];
    this.#objects = [];
    try {
      const result = fn.call(...args.map((arg, i) => toAddress(fn.params[i], arg)));
      return typeof result === "number" || typeof result === "bigint"
        ? result
        : Number(result ?? 0);
    } catch (error) {
      if (error instanceof ProgramError || !(error instanceof Error)) throw error;
      if (isStackExhaustion(error)) throw error;
      throw new ProgramError("fail", error.message);
    } finally {
      this.#underWay.pop();
    }
  }

  /** Gives the collector what native code refers to. */
  markRoots(mark: (object: number) => void): void {
    for (const object of this.#objects) mark(object);
    for (const objects of this.#underWay) objects.forEach(mark);
    for (const { closure } of this.#pointers.values()) mark(closure);
  }

  #pointer(
    closure: number,
    signature: Extract<Passing, { kind: "function" }>,
    code: bigint,
  ): number | bigint {
    const key = `${code} ${this.#content(closure)}`;
    let known = this.#pointers.get(key);
    if (known === undefined) {
      const pointer = this.#makePointer(closure, signature);
      this.#dropOldest();
      this.#pointers.set(key, (known = { closure, pointer }));
    }
    return known.pointer.address;
  }

  /** The function and what it has captured, as a text: closures do not change, so that equal ones are interchangeable. */
  #content(closure: number): string {
    const { memory, layouts = [] } = this.#host;
    const { i32 } = memory;
    const words: number[] = [];
    for (const { type, offset } of layouts[(i32[closure >>> 2] ?? 0) - firstProgramType]?.fields ??
      []) {
      words.push(i32[(closure + offset) >>> 2] ?? 0);
      if (wideFields.has(type)) words.push(i32[(closure + offset + 4) >>> 2] ?? 0);
    }
    return words.length === 0 ? `at ${closure}` : words.join();
  }

  #makePointer(
    closure: number,
    { params, result }: Extract<Passing, { kind: "function" }>,
  ): FunctionPointer {
    const { functionPointers, callClosure } = this.#host;
    if (functionPointers === undefined || callClosure === undefined) {
      throw new ProgramError("fail", "functions cannot be given to native code here");
    }
    const types = { params: params.map(typeInC), result: typeInC(result) };
    const call: LinkedCallback = (...args) => {
      const values = params.map((type, i) => fromNative(type, args[i] ?? 0));
      return toNative(result, callClosure(closure, values));
    };
    return functionPointers(types, call);
  }

  /** Of the closures that no call under way was given. */
  #dropOldest(): void {
    if (this.#pointers.size < mostFunctionPointers) return;
    const used = new Set([...this.#underWay.flat(), ...this.#objects]);
    for (const [key, { closure, pointer }] of this.#pointers) {
      if (used.has(closure)) continue;
      this.#pointers.delete(key);
      pointer.release();
      return;
    }
  }
}

/** The host functions that call linked ones, for both callers. */
export type LinkedHostFunctions = ReturnType<typeof linkedHostFunctions>;

/** Makes them, for a program with native modules. */
export function linkedHostFunctions(host: LinkedHost) {
  const calls = new LinkedCalls(host);
  const shared = {
    rt_link_f64: (value: number): undefined => calls.push(value),
    rt_link_call: (number: number): undefined => {
      calls.call(number);
    },
    rt_link_call_f64: (number: number): number => Number(calls.call(number)),
  };
  return {
    tierZero: {
      ...shared,
      rt_link_i64: (value: IntValue): undefined => calls.push(value),
      rt_link_ref: (object: number, passing: IntValue): undefined =>
        calls.pushObject(object, BigInt(passing)),
      rt_link_call_i64: (number: number): IntValue => canonicalInt(toInt64(calls.call(number))),
    },
    wasm: {
      ...shared,
      rt_link_i64: (value: bigint): undefined => calls.push(value),
      rt_link_ref: (object: number, passing: bigint): undefined =>
        calls.pushObject(object >>> 0, passing),
      rt_link_call_i64: (number: number): bigint => toInt64(calls.call(number)),
    },
    markRoots: (mark: (object: number) => void): void => calls.markRoots(mark),
  };
}

/** Addresses have no sign. */
function toAddress(type: LinkedType | undefined, arg: LinkedArgument): LinkedArgument {
  return type === "ptr" && typeof arg !== "object" && arg < 0 ? toUint64(arg) : arg;
}

function toUint64(value: number | bigint): bigint {
  return BigInt.asUintN(64, BigInt(value));
}

/** What is wider than 64 bits wraps. */
function toInt64(value: number | bigint): bigint {
  return BigInt.asIntN(64, BigInt(value));
}

/** A value of native code as a value of tier 0. */
export function fromNative(type: PassedScalar, value: number | bigint): SlotValue {
  switch (type) {
    case "bool":
      return Number(value) !== 0;
    case "i64":
      return canonicalInt(toInt64(value));
    case "u64":
      return canonicalInt(toUint64(value));
    case "u8":
      return Number(value) & 0xff;
    case "u16":
      return Number(value) & 0xffff;
    case "u32":
      return Number(value) >>> 0;
    case "i8":
    case "i16":
    case "i32":
    case "f32":
    case "f64":
      return Number(value);
  }
}

/** A value of tier 0 as a value for native code. */
export function toNative(
  type: PassedScalar | "unit",
  value: SlotValue,
): number | bigint | undefined {
  if (type === "unit") return undefined;
  return typeof value === "boolean" ? Number(value) : value;
}

/** The type that C has for a scalar. */
function typeInC<Type extends PassedScalar | "unit">(
  type: Type,
): LinkedScalar | Extract<Type, "unit">;
function typeInC(type: PassedScalar | "unit"): LinkedScalar | "unit" {
  if (type === "u8") return "i8";
  if (type === "u16") return "i16";
  if (type === "u32") return "i32";
  return type === "u64" ? "i64" : type;
}
