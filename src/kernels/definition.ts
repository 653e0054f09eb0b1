// What a kernel is: a function of the low-level dialect on arrays, with the sizes that it can be made for.

/** The arrays that kernels work on, by the types of their elements. */
export interface KernelArrays {
  readonly i8: Int8Array;
  readonly u8: Uint8Array;
  readonly i16: Int16Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
}

/** The type of an array's elements. */
export type KernelElement = keyof KernelArrays;
/** An array that a kernel can be given. */
export type KernelArray = KernelArrays[KernelElement];

/** The constructors of those arrays. */
export const arrayTypes = {
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

/** Sizes by name: `{ m: 512, n: 512, k: 512 }`. */
export type KernelShape = Readonly<Record<string, number>>;

/** An array that a kernel takes. */
export interface KernelArrayDefinition {
  readonly name: string;
  readonly element: KernelElement;
  /** The sizes whose product is the number of its elements. */
  readonly sizes: readonly string[];
  /** Whether the kernel writes it; then it must not share memory with another. Others are only read. */
  readonly written: boolean;
}

/**
 * A kernel. Its function has the name of the definition and takes, all as `u32`, the addresses of the arrays, the sizes, and
 * the tiles, in this order and under these names. It accesses memory through the arrays' addresses alone, nothing that it adds, multiplies
 * or shifts on the way to an address wraps, it does not divide and calls nothing but functions of its own.
 */
export interface KernelDefinition {
  readonly name: string;
  /** Text in the low-level dialect of Simple. */
  readonly source: string;
  readonly arrays: readonly KernelArrayDefinition[];
  /** Names of the sizes, each at least 1. */
  readonly sizes: readonly string[];
  /**
   * Its work is sums of floats along the rows of arrays, so that SIMD is of no use unless sums may be reordered: LLVM would gather
   * the elements one by one.
   */
  readonly sumsInOrder?: boolean;
  /** Further parameters, chosen by shape: what stays in a cache, for example. They change nothing in the result. */
  readonly tiles?: (shape: KernelShape) => KernelShape;
}

/** The tiles of a definition for a shape. */
export function tilesOf({ tiles }: KernelDefinition, shape: KernelShape): KernelShape {
  return tiles === undefined ? {} : tiles(shape);
}
