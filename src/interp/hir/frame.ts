// The frame of an interpreted call: an array of the function's result and its locals.
//
// Frames are plain arrays, cloned from a template of the function whose elements kind is already the general one, so
// that every access site of the interpreter sees one shape. At run time a slot is an index into the array. Its static
// type is the phantom key of the kind of value it holds: `frame[slot]` has the right type without a cast or a check,
// and the HIR verifier vouches for it.
import type { LocalId } from "../../ir/hir/index.ts";
import type { IntValue } from "../../runtime/index.ts";

/** A value in tier 0. Functions and statements without a value yield 0. */
export type Value = IntValue | boolean;

/** Slot of an f32, f64 or an integer of 32 bits and less. */
export type NumberSlot = "number slot";
/** Slot of an i64 or u64. */
export type IntSlot = "int slot";
export type BoolSlot = "bool slot";
export type AnySlot = "any slot";

/** The slots of a call; see the head of this file. */
export interface Frame {
  "number slot": number;
  "int slot": IntValue;
  "bool slot": boolean;
  "any slot": Value;
  readonly length: number;
  slice(): Frame;
}

/** The slot of a local, typed by the caller's knowledge of the local's type. */
export function slotOf<Slot extends NumberSlot | IntSlot | BoolSlot | AnySlot>(
  local: LocalId,
): Slot {
  return (local + 1) as unknown as Slot;
}

/** The slot of the function's result. */
export const resultSlot = slotOf<AnySlot>(-1);

/** A frame to clone for each call. The string makes the array's elements kind the general one. */
export function frameTemplate(localCount: number): Frame {
  const elements: (number | string)[] = [""];
  for (let local = 0; local < localCount; local += 1) elements.push(0);
  return elements as unknown as Frame;
}

/** Makes room in a template, or in a frame cloned from it before, for slots behind the locals. */
export function growFrame(frame: Frame, slotCount: number): void {
  const elements = frame as unknown as (number | string)[];
  while (elements.length <= slotCount) elements.push(0);
}

/** A local's value. */
export function readLocal(frame: Frame, local: LocalId): Value {
  return frame[slotOf<AnySlot>(local)];
}

/** Sets a local; the value must be of its type. */
export function writeLocal(frame: Frame, local: LocalId, value: Value): void {
  frame[slotOf<AnySlot>(local)] = value;
}

/** Sets the result that a `returned` completion stands for. */
export function writeResult(frame: Frame, value: Value): void {
  frame[resultSlot] = value;
}
