// What a MIR function is decoded into. A block is one or more segments: straight-line steps, then a transfer, which is a
// call or the block's terminator and yields the segment to go on with. Calls keep their frames in a list of the machine,
// so the depth of a program's recursion does not depend on the JavaScript stack.
import type { MirFunction, Value } from "../../ir/mir/index.ts";

/** An `i32`, `f32`, `f64` or `ref` is a number (a `ref` as an `i32`), an `i64` or `any` a bigint. */
export type MirValue = number | bigint;

/** Indexed by value number. */
export type Registers = MirValue[];

export type Step = (registers: Registers) => void;
/** Null leaves the outermost function. */
export type Transfer = (registers: Registers) => Segment | null;

export interface Segment {
  steps: Step[];
  transfer: Transfer;
}

export interface Code {
  readonly fn: MirFunction;
  readonly params: readonly Value[];
  readonly entry: Segment;
}

/** The execution of a function. */
export interface Frame {
  readonly code: Code;
  readonly registers: Registers;
  readonly caller: Frame | null;
  /** Where the caller goes on and what receives the results; null for a call from outside. */
  readonly resume: Segment | null;
  readonly results: readonly Value[];
  /** The location in the caller. */
  readonly callSite: number;
}

export function numberIn(registers: Registers, value: Value): number {
  const held = registers[value];
  if (typeof held === "number") return held;
  throw new TypeError(`v${value} holds ${String(held)}, not a number`);
}

export function bigIn(registers: Registers, value: Value): bigint {
  const held = registers[value];
  if (typeof held === "bigint") return held;
  throw new TypeError(`v${value} holds ${String(held)}, not an i64`);
}

export function anyIn(registers: Registers, value: Value): MirValue {
  const held = registers[value];
  if (held !== undefined) return held;
  throw new TypeError(`v${value} holds nothing`);
}
