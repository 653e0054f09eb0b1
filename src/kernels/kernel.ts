// A kernel in memory, ready to be called.
import type { NativeCallable, NativeHost } from "../native-host/index.ts";
import {
  arrayTypes,
  tilesOf,
  type KernelArray,
  type KernelDefinition,
  type KernelShape,
} from "./definition.ts";
import { KernelError } from "./error.ts";
import { checkShape, describeShape, elementCount } from "./shape.ts";
import { openWindow } from "./windows.ts";

/** Bytes of a place for an argument. */
const placeSize = 8;

/** Where a kernel's code came from: it was compiled, or is from the cache. */
export type KernelOrigin = "compiled" | "cache";

/** What making a kernel took. */
export interface KernelFigures {
  readonly origin: KernelOrigin;
  /** Milliseconds until it was ready. */
  readonly time: number;
  /** Bytes of machine code. */
  readonly codeBytes: number;
}

/** What a kernel is made of. */
export interface KernelParts {
  readonly host: NativeHost;
  readonly definition: KernelDefinition;
  /** Undefined for a kernel that takes its sizes when it is called. */
  readonly shape: KernelShape | undefined;
  readonly figures: KernelFigures;
  /** `void (memory, frame)`. */
  readonly enter: NativeCallable;
}

/** A kernel for one shape, or for all. */
export class Kernel {
  readonly definition: KernelDefinition;
  /** The sizes that are constants in its code; undefined if it takes them when it is called. */
  readonly shape: KernelShape | undefined;
  readonly figures: KernelFigures;
  readonly #host: NativeHost;
  readonly #enter: NativeCallable;
  readonly #frame: DataView;
  readonly #frameBytes: Uint8Array;
  #closed = false;

  constructor({ host, definition, shape, figures, enter }: KernelParts) {
    this.definition = definition;
    this.shape = shape;
    this.figures = figures;
    this.#host = host;
    this.#enter = enter;
    const { arrays, sizes } = definition;
    const ones = Object.fromEntries(sizes.map((size) => [size, 1]));
    const tiles = Object.keys(tilesOf(definition, shape ?? ones));
    const places = arrays.length + sizes.length + tiles.length;
    this.#frame = new DataView(new ArrayBuffer(places * placeSize));
    this.#frameBytes = new Uint8Array(this.#frame.buffer);
  }

  /**
   * Calls a kernel that was made for a shape, with its arrays in order. They are worked on in place if they are within 4 GiB
   * of each other, else copied. Throws `KernelError` for arrays of another type or length, or that share memory.
   */
  run(...arrays: readonly KernelArray[]): void {
    const { shape } = this;
    if (shape === undefined) {
      throw new KernelError(`\`${this.definition.name}\` was made for all shapes`, "use `runWith`");
    }
    this.#call(shape, arrays, []);
  }

  /** Calls a kernel that was made for all shapes. Throws as `run`, and for a shape that cannot be. */
  runWith(shape: KernelShape, ...arrays: readonly KernelArray[]): void {
    const { definition } = this;
    if (this.shape !== undefined) {
      throw new KernelError(`\`${definition.name}\` was made for one shape`, "use `run`");
    }
    checkShape(definition, shape);
    const tiles = tilesOf(definition, shape);
    const sizes = definition.sizes.map((size) => shape[size] ?? 0);
    this.#call(shape, arrays, [...sizes, ...Object.values(tiles)]);
  }

  /** Its code is gone. */
  close(): void {
    this.#closed = true;
  }

  #call(shape: KernelShape, arrays: readonly KernelArray[], sizes: readonly number[]): void {
    const { definition } = this;
    if (this.#closed) throw new KernelError(`\`${definition.name}\` was closed`);
    checkArrays(definition, shape, arrays);
    const named = arrays.map((array, i) => {
      const { name = "", written = false } = definition.arrays[i] ?? {};
      return { name, array, written };
    });
    const { base, offsets, finish } = openWindow(this.#host, named);
    [...offsets, ...sizes].forEach((value, i) => this.#frame.setUint32(i * placeSize, value, true));
    this.#enter(base, this.#host.addressOf(this.#frameBytes));
    finish();
  }
}

function checkArrays(
  definition: KernelDefinition,
  shape: KernelShape,
  arrays: readonly KernelArray[],
): void {
  const { name } = definition;
  if (arrays.length !== definition.arrays.length) {
    const wanted = definition.arrays.map((array) => array.name).join(", ");
    throw new KernelError(`\`${name}\` takes the arrays ${wanted}, found ${arrays.length}`);
  }
  definition.arrays.forEach((wanted, i) => {
    const array = arrays[i];
    const type = arrayTypes[wanted.element];
    if (!(array instanceof type)) {
      throw new KernelError(`\`${wanted.name}\` of \`${name}\` is no ${type.name}`);
    }
    const count = elementCount(wanted.sizes, shape);
    if (array.length === count) return;
    throw new KernelError(
      `\`${wanted.name}\` of ${describeShape(definition, shape)} has ${array.length} elements, expected ${count}`,
    );
  });
}
