// The arrays of a call in one window of memory: a kernel's addresses are distances from one base, of 32 bits.
import type { NativeHost } from "../native-host/index.ts";
import type { KernelArray } from "./definition.ts";
import { KernelError } from "./error.ts";

/** Distances are below this, and so are the ends of arrays. */
const windowSize = 2 ** 32;
/** Where arrays start that are copied: SIMD is faster within cache lines. */
const alignment = 64;

/** Where the arrays of a call are. */
export interface ArrayWindow {
  readonly base: number;
  /** Distances from the base, in the arrays' order. */
  readonly offsets: readonly number[];
  /** Brings back what was written to copies. */
  readonly finish: () => void;
}

/** An array with what a kernel does with it. */
export interface WindowArray {
  readonly name: string;
  readonly array: KernelArray;
  readonly written: boolean;
}

/** The bytes of an array. Its buffer is asked for, so that a small array is not moved. */
export function bytesOf({ buffer, byteOffset, byteLength }: KernelArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Arrays in place if they are within 4 GiB of each other, else copies of all of them. Throws `KernelError` if they share memory. */
export function openWindow(host: NativeHost, arrays: readonly WindowArray[]): ArrayWindow {
  const starts = arrays.map(({ array }) => host.addressOf(bytesOf(array)));
  const ends = starts.map((at, i) => at + (arrays[i]?.array.byteLength ?? 0));
  arrays.forEach(({ name, written }, i) => {
    if (!written) return;
    const meets = (_: unknown, j: number): boolean =>
      j !== i && (starts[i] ?? 0) < (ends[j] ?? 0) && (starts[j] ?? 0) < (ends[i] ?? 0);
    const other = arrays.find(meets);
    if (other === undefined) return;
    throw new KernelError(
      `\`${name}\` shares memory with \`${other.name}\``,
      "a result needs an array of its own",
    );
  });
  const base = Math.min(...starts);
  if (Math.max(...ends) - base < windowSize) {
    return { base, offsets: starts.map((at) => at - base), finish: () => undefined };
  }
  return copyWindow(host, arrays);
}

/** Copies of the arrays beside each other. */
export function copyWindow(host: NativeHost, arrays: readonly WindowArray[]): ArrayWindow {
  let size = 0;
  const offsets = arrays.map(({ array }) => {
    const at = size;
    size += Math.ceil(array.byteLength / alignment) * alignment;
    return at;
  });
  const memory = alignedBytes(host, size);
  arrays.forEach(({ array }, i) => memory.set(bytesOf(array), offsets[i]));
  return {
    base: host.addressOf(memory),
    offsets,
    finish: () => {
      arrays.forEach(({ array, written }, i) => {
        const at = offsets[i] ?? 0;
        if (written) bytesOf(array).set(memory.subarray(at, at + array.byteLength));
      });
    },
  };
}

/** Zeroed bytes that start at a cache line. */
export function alignedBytes(host: NativeHost, size: number): Uint8Array<ArrayBuffer> {
  const buffer = new ArrayBuffer(size + alignment);
  const start = host.addressOf(new Uint8Array(buffer)) % alignment;
  return new Uint8Array(buffer, start === 0 ? 0 : alignment - start, size);
}
