// The runtime library on a memory of its own, driven from tests: values in and out, roots by hand.
import { decodeUtf8, encodeUtf8, measureUtf8 } from "../../src/base/index.ts";
import { hostSignature, functionType } from "../../src/compiler/index.ts";
import { libraryLoader, type Library } from "../../src/engine/index.ts";
import { firstLayout, type HirLayout } from "../../src/ir/hir/index.ts";
import { hostWebAssembly, SymbolTable, type WasmFunction } from "../../src/loader/index.ts";
import {
  anyOfF64,
  anyOfI64,
  arrayLayout,
  bufferLayout,
  createHost,
  dictLayout,
  heapWords,
  isHostSymbol,
  memoryLayout,
  MemoryViews,
  ObjectHeap,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
  textLayout,
  type LibrarySymbol,
} from "../../src/runtime/index.ts";

export interface HeapOptions {
  /** Bytes of memory. Default 4 MiB. */
  readonly budget?: number;
  readonly stress?: boolean;
  readonly layouts?: readonly HirLayout[];
  /** Bytes between collections at the least. */
  readonly leastTrigger?: number;
}

/** A layout of references and numbers for tests. */
export function layoutOf(
  index: number,
  fields: readonly HirLayout["fields"][number]["type"][],
  equality: HirLayout["equality"] = "identity",
): HirLayout {
  let end = 8;
  const placed = fields.map((type) => {
    const size = type === "ref" || type === "i32" || type === "u32" ? 4 : type === "bool" ? 1 : 8;
    const offset = Math.ceil(end / size) * size;
    end = offset + size;
    return { name: null, type, offset };
  });
  const id = firstLayout + index;
  return { id, kind: "object", name: `T${index}`, fields: placed, size: end, equality };
}

export class TestHeap {
  readonly views: MemoryViews;
  readonly library: Library;
  readonly #objects: ObjectHeap;
  readonly hostRoots = new Set<number>();

  constructor(image: Uint8Array, options: HeapOptions = {}) {
    const { budget = 4 << 20, stress = false, layouts = [] } = options;
    const { pages, dataStart } = memoryLayout(budget);
    const { Memory, Table } = hostWebAssembly();
    const memory = new Memory({ initial: pages, maximum: pages });
    this.views = new MemoryViews(memory);
    const { i32 } = this.views;
    i32[shadowStackPointerAddress >> 2] = shadowStackStart;
    i32[shadowStackLimitAddress >> 2] = dataStart;
    this.#objects = new ObjectHeap(this.views, (symbol) => this.code(symbol));
    const host = createHost({
      clock: { monotonicNanos: () => 0n, unixMicros: () => 0n },
      write: () => {},
      memory: this.views,
      layouts,
      heap: this.#objects,
      markRoots: (mark) => {
        for (const root of this.hostRoots) mark(root);
      },
    });
    const symbols = new SymbolTable();
    for (const [name, implementation] of Object.entries(host.wasm)) {
      if (!isHostSymbol(name)) continue;
      const signature = functionType(hostSignature(name));
      symbols.define({ kind: "host", name, origin: "the host", signature, implementation });
    }
    let data = dataStart;
    this.library = libraryLoader(image)({
      memory,
      views: this.views,
      table: new Table({ initial: 0, element: "anyfunc" }),
      symbols,
      layouts,
      roots: [],
      stackEnd: dataStart,
      stress,
      openHeap: () => ({ start: Math.ceil(data / 16) * 16, end: budget }),
      registerLines: () => {},
      allocateData: (size, align) => {
        const at = Math.ceil(data / align) * align;
        data = at + size;
        return at;
      },
      releaseData: () => {},
      allocateTable: () => 0,
    });
    if (options.leastTrigger !== undefined) {
      i32[heapWords.leastTrigger >> 2] = options.leastTrigger;
      i32[heapWords.trigger >> 2] = options.leastTrigger;
    }
  }

  code(symbol: LibrarySymbol): WasmFunction {
    const code = this.library.functions.get(symbol);
    if (code === undefined) throw new Error(`no ${symbol}`);
    return code;
  }

  /** Calls a function: numbers and bigints in, a number for 32 bits (unsigned), a bigint for 64. */
  call(symbol: LibrarySymbol, ...args: (number | bigint)[]): number {
    return Number(this.code(symbol)(...args));
  }

  ref(symbol: LibrarySymbol, ...args: (number | bigint)[]): number {
    return this.call(symbol, ...args) >>> 0;
  }

  wide(symbol: LibrarySymbol, ...args: (number | bigint)[]): bigint {
    return BigInt(this.code(symbol)(...args) as bigint);
  }

  u32(address: number): number {
    return (this.views.i32[address >>> 2] ?? 0) >>> 0;
  }

  setU32(address: number, value: number): void {
    this.views.i32[address >>> 2] = value;
  }

  // ------------------------------------------------------------------------------------------ roots

  /** Keeps a reference on the shadow stack; gives its place. */
  push(object: number): number {
    const top = this.u32(shadowStackPointerAddress);
    this.setU32(top, object);
    this.setU32(shadowStackPointerAddress, top + 4);
    return top;
  }

  pop(count = 1): void {
    this.setU32(shadowStackPointerAddress, this.u32(shadowStackPointerAddress) - 4 * count);
  }

  /** Runs with references kept alive. */
  keeping<T>(objects: readonly number[], run: () => T): T {
    const top = this.u32(shadowStackPointerAddress);
    for (const object of objects) this.push(object);
    try {
      return run();
    } finally {
      this.setU32(shadowStackPointerAddress, top);
    }
  }

  // ----------------------------------------------------------------------------------------- values

  /** A new text. */
  text(value: string): number {
    const { bytes, characters } = measureUtf8(value);
    const raw = this.ref("rt_new", 2, 16 + Math.max(1, bytes));
    encodeUtf8(value, this.views.u8, raw + 16);
    return this.keeping([raw], () => this.ref("rt_text_copy", raw + 16, bytes, characters));
  }

  read(text: number): string {
    const data = this.u32(text + textLayout.data);
    const length = this.u32(text + textLayout.length);
    const found = decodeUtf8(this.views.u8, data, data + length);
    if (measureUtf8(found).characters !== this.u32(text + textLayout.count)) {
      throw new Error(`count of ${JSON.stringify(found)} is ${this.u32(text + textLayout.count)}`);
    }
    return found;
  }

  any(value: number | bigint | boolean | null): bigint {
    if (value === null) return 0n;
    if (typeof value === "boolean") return (1n << 32n) | BigInt(value);
    if (typeof value === "number") return BigInt(anyOfF64(value));
    const inline = anyOfI64(Number(value));
    if (inline === null) throw new Error(`${value} has no inline form`);
    return BigInt(inline);
  }

  length(array: number): number {
    return this.u32(array + arrayLayout.length);
  }

  /** Address of an element of `size` bytes. */
  element(array: number, index: number, size: number): number {
    return this.u32(array + arrayLayout.buffer) + bufferLayout.data + index * size;
  }

  i64(address: number): bigint {
    return new DataView(this.views.memory.buffer).getBigInt64(address, true);
  }

  setI64(address: number, value: bigint): void {
    new DataView(this.views.memory.buffer).setBigInt64(address, BigInt.asIntN(64, value), true);
  }

  refs(array: number): number[] {
    return Array.from({ length: this.length(array) }, (_, i) =>
      this.u32(this.element(array, i, 4)),
    );
  }

  ints(array: number): bigint[] {
    return Array.from({ length: this.length(array) }, (_, i) =>
      this.i64(this.element(array, i, 8)),
    );
  }

  /** Address of the value of a dictionary's entry, `size` bytes each. */
  value(dict: number, entry: number, size: number): number {
    return this.u32(dict + dictLayout.values) + bufferLayout.data + entry * size;
  }

  key(dict: number, entry: number, size: number): number {
    return this.u32(dict + dictLayout.keys) + bufferLayout.data + entry * size;
  }

  get collections(): number {
    return this.u32(heapWords.collections);
  }
}
