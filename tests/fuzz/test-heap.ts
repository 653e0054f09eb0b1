// The heap of generated modules, with a collector that destroys every object it does not find from the shadow stack.
import {
  runtimeError,
  shadowStackPointerAddress,
  shadowStackStart,
} from "../../src/runtime/index.ts";
import { anyField, objectSize, referenceField } from "./mir-heap.ts";

/** How many objects a module may make. */
export const mostObjects = 1000;

/** Bytes that the objects of a module take at most. */
export const testHeapSize: number = mostObjects * objectSize;

export class TestHeap {
  readonly #view: () => DataView;
  readonly #start: number;
  readonly #collects: boolean;
  #count = 0;

  /** With `collects` whatever no frame on the shadow stack shows is destroyed at each call that may collect. */
  constructor(view: () => DataView, start: number, collects: boolean) {
    this.#view = view;
    this.#start = Math.ceil(start / 16) * 16;
    this.#collects = collects;
  }

  /** What `heapDeclarations` declares, and the library's allocator. */
  readonly host = {
    collect: (): undefined => this.collect(),
    touch: (reference: number | bigint): number => {
      this.collect();
      return Number(reference);
    },
    weigh: (reference: number | bigint): bigint =>
      this.#view().getBigInt64(Number(reference) + 24, true) ^ 5n,
    rt_new: (typeId: number | bigint, size: number | bigint): number =>
      this.allocate(Number(typeId), Number(size)),
  };

  allocate(typeId: number, size: number): number {
    this.collect();
    // Optimisation makes fewer objects, so running out of them is no outcome to compare.
    if (size !== objectSize || this.#count === mostObjects) throw runtimeError("time_limit");
    const address = this.#start + this.#count * objectSize;
    this.#count += 1;
    const view = this.#view();
    new Uint8Array(view.buffer, address, size).fill(0);
    view.setUint32(address, typeId, true);
    return address;
  }

  collect(): undefined {
    if (!this.#collects) return undefined;
    const view = this.#view();
    const marked = new Uint8Array(this.#count);
    const work: number[] = [];
    const end = view.getInt32(shadowStackPointerAddress, true);
    for (let at = shadowStackStart; at < end; at += 4) work.push(view.getUint32(at, true));
    for (let address = work.pop(); address !== undefined; address = work.pop()) {
      const object = Math.floor((address - this.#start) / objectSize);
      if (!(object >= 0 && object < this.#count) || marked[object] === 1) continue;
      marked[object] = 1;
      const start = this.#start + object * objectSize;
      work.push(view.getUint32(start + referenceField, true));
      if (view.getUint32(start + anyField + 4, true) === 0) {
        work.push(view.getUint32(start + anyField, true));
      }
    }
    for (let object = 0; object < this.#count; object += 1) {
      if (marked[object] === 1) continue;
      new Uint8Array(view.buffer, this.#start + object * objectSize, objectSize).fill(0xee);
    }
    return undefined;
  }
}
