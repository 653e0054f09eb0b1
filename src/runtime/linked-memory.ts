// Objects of a program as native code sees them.
import type { MemoryViews } from "./memory.ts";
import { arrayLayout, bufferLayout, textLayout, typeIds } from "./object-layout.ts";

/** The elements of an array by its type. */
export type NativeMemoryView =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

type ViewElements = (buffer: ArrayBufferLike, at: number, length: number) => NativeMemoryView;

const asI8: ViewElements = (...place) => new Int8Array(...place);
const asI16: ViewElements = (...place) => new Int16Array(...place);
const asI32: ViewElements = (...place) => new Int32Array(...place);
const asI64: ViewElements = (...place) => new BigInt64Array(...place);
const asF32: ViewElements = (...place) => new Float32Array(...place);
const asF64: ViewElements = (...place) => new Float64Array(...place);
/** By the type id of an array of scalars, from that of bool on. */
const viewElements: readonly ViewElements[] = [
  asI8,
  asI8,
  asI8,
  asI16,
  asI16,
  asI32,
  asI32,
  asI64,
  asI64,
  asF32,
  asF64,
];

/** The elements of an array in place. */
export function arrayElements({ i32, memory }: MemoryViews, array: number): NativeMemoryView {
  const view = viewElements[(i32[array >>> 2] ?? 0) - typeIds.array_bool];
  if (view === undefined) throw new Error("the array's elements are no scalars");
  const word = (offset: number): number => (i32[(array + offset) >>> 2] ?? 0) >>> 0;
  const length = word(arrayLayout.length);
  const start = length === 0 ? 0 : word(arrayLayout.buffer) + bufferLayout.data;
  return view(memory.buffer, start, length);
}

/** A text as C has it. */
export function terminatedText({ i32, u8 }: MemoryViews, text: number): Uint8Array {
  const start = (i32[(text + textLayout.data) >>> 2] ?? 0) >>> 0;
  const length = (i32[(text + textLayout.length) >>> 2] ?? 0) >>> 0;
  const copy = new Uint8Array(length + 1);
  copy.set(u8.subarray(start, start + length));
  return copy;
}
