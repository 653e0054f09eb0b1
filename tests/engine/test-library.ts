// A runtime library in JavaScript that finds missing roots: it never uses a cell again, and what a collection does not
// reach is overwritten, so that whoever still refers to it sees nonsense at once.
import { decodeUtf8, encodeUtf8, measureUtf8 } from "../../src/base/index.ts";
import type { Library, LibraryEnvironment, MemoryRange } from "../../src/engine/index.ts";
import type { HirLayout } from "../../src/ir/hir/index.ts";
import type { WasmFunction } from "../../src/loader/index.ts";
import { textParts } from "./text-parts.ts";
import {
  arrayLayout,
  bufferLayout,
  firstProgramType,
  ObjectDisplay,
  shadowStackPointerAddress,
  shadowStackStart,
  storageSizes,
  storageTypes,
  textLayout,
  typeIds,
} from "../../src/runtime/index.ts";

const poison = 0xdd;

export class TestLibrary implements Library {
  readonly functions: ReadonlyMap<string, WasmFunction>;
  /** Sizes by address. */
  readonly objects = new Map<number, number>();
  readonly #env: LibraryEnvironment;
  readonly #heap: MemoryRange;
  readonly #marked = new Set<number>();
  readonly #own: number[] = [];
  #layouts: readonly HirLayout[];
  #next: number;
  #collections = 0;
  #live = 0;

  constructor(environment: LibraryEnvironment) {
    this.#env = environment;
    this.#layouts = environment.layouts;
    this.#heap = environment.openHeap();
    this.#next = this.#heap.start;
    const functions: Record<string, WasmFunction> = {
      rt_new: (typeId, size) => this.#new(Number(typeId), Number(size)),
      rt_array_new: (code, capacity) => this.#newArray(Number(code), Number(capacity)),
      rt_array_grow: (array) => this.#grow(Number(array) >>> 0),
      rt_text_concat: (left, right) => this.#concat(Number(left) >>> 0, Number(right) >>> 0),
      rt_text_equal: (left, right) =>
        this.#text(Number(left) >>> 0) === this.#text(Number(right) >>> 0) ? 1 : 0,
      ...textParts({
        views: environment.views,
        make: (typeId, size) => this.#new(typeId, size),
        host: () => ({ display: new ObjectDisplay(environment.views, environment.layouts) }),
      }),
      rt_any_to_i64: (value) => BigInt.asIntN(48, BigInt(value ?? 0)),
      rt_collect: () => {
        this.collect();
        return undefined;
      },
      rt_heap_used: () => BigInt(this.#next - this.#heap.start),
      rt_mark_root: (address) => {
        this.#mark(Number(address) >>> 0);
        return undefined;
      },
    };
    this.functions = new Map(Object.entries(functions));
  }

  stats(): ReturnType<Library["stats"]> {
    const peak = this.#next - this.#heap.start;
    return { collections: this.#collections, live: this.#live, peak };
  }

  setLayouts(layouts: readonly HirLayout[]): void {
    this.#layouts = layouts;
  }

  collect(): void {
    this.#collections += 1;
    this.#marked.clear();
    const { roots, symbols } = this.#env;
    const stack = { start: shadowStackStart, end: this.#word(shadowStackPointerAddress) };
    for (const { start, end } of [stack, ...roots])
      for (let at = start; at < end; at += 4) this.#mark(this.#word(at));
    for (const own of this.#own) this.#mark(own);
    const host = symbols.lookup("rt_host_roots");
    if (host?.kind !== "host") throw new Error("no rt_host_roots");
    host.implementation();
    this.#live = 0;
    for (const [address, size] of this.objects) {
      if (this.#marked.has(address)) this.#live += size;
      else {
        this.#env.views.u8.fill(poison, address, address + size);
        this.objects.delete(address);
      }
    }
  }

  #word(address: number): number {
    return (this.#env.views.i32[address >>> 2] ?? 0) >>> 0;
  }

  #set(address: number, value: number): void {
    this.#env.views.i32[address >>> 2] = value;
  }

  /** Marks what the address points into. */
  #mark(address: number): void {
    const { start } = this.#heap;
    if (address < start || address >= this.#next) return;
    for (let at = address - (address % 16); at >= start; at -= 16) {
      const size = this.objects.get(at);
      if (size === undefined) continue;
      if (address < at + size && !this.#marked.has(at)) {
        this.#marked.add(at);
        this.#scan(at, size);
      }
      return;
    }
  }

  #scan(object: number, size: number): void {
    const id = this.#word(object);
    if (id === typeIds.buffer_raw) return;
    const layout = this.#layouts[id - firstProgramType];
    if (id >= firstProgramType && layout !== undefined) {
      for (const { type, offset } of layout.fields) {
        if (type === "ref") this.#mark(this.#word(object + offset));
        if (type === "any" && this.#word(object + offset + 4) === 0)
          this.#mark(this.#word(object + offset));
      }
      return;
    }
    // Words of the library's own objects that are no references are small or of other tags.
    if (id >= typeIds.box_i8 && id <= typeIds.box_f32) return;
    for (let at = object + 8; at < object + size; at += 4) this.#mark(this.#word(at));
  }

  #new(typeId: number, size: number): number {
    if (this.#env.stress) this.collect();
    const needed = Math.ceil(size / 16) * 16;
    if (this.#next + needed > this.#heap.end) {
      const out = this.#env.symbols.lookup("rt_out_of_heap");
      if (out?.kind === "host") out.implementation(BigInt(size));
    }
    const address = this.#next;
    this.#next += needed;
    this.objects.set(address, needed);
    this.#set(address, typeId);
    return address;
  }

  /** Keeps an object of its own alive while it makes another. */
  #keeping<Result>(address: number, make: () => Result): Result {
    this.#own.push(address);
    const result = make();
    this.#own.pop();
    return result;
  }

  #buffer(code: number, capacity: number): number {
    const type = storageTypes[code] ?? "i64";
    const id =
      type === "ref"
        ? typeIds.buffer_ref
        : type === "any"
          ? typeIds.buffer_any
          : typeIds.buffer_raw;
    const buffer = this.#new(id, bufferLayout.data + capacity * storageSizes[type]);
    this.#set(buffer + bufferLayout.capacity, capacity);
    return buffer;
  }

  #newArray(code: number, capacity: number): number {
    const array = this.#new(typeIds.array_bool + code, arrayLayout.size);
    if (capacity === 0) return array;
    const buffer = this.#keeping(array, () => this.#buffer(code, capacity));
    this.#set(array + arrayLayout.buffer, buffer);
    this.#set(array + arrayLayout.capacity, capacity);
    return array;
  }

  #grow(array: number): number {
    const code = this.#word(array) - typeIds.array_bool;
    const size = storageSizes[storageTypes[code] ?? "i64"];
    const length = this.#word(array + arrayLayout.length);
    if (length === this.#word(array + arrayLayout.capacity)) {
      const capacity = Math.max(2, length * 2);
      const buffer = this.#buffer(code, capacity);
      const old = this.#word(array + arrayLayout.buffer) + bufferLayout.data;
      if (length > 0)
        this.#env.views.u8.copyWithin(buffer + bufferLayout.data, old, old + length * size);
      this.#set(array + arrayLayout.buffer, buffer);
      this.#set(array + arrayLayout.capacity, capacity);
    }
    this.#set(array + arrayLayout.length, length + 1);
    return this.#word(array + arrayLayout.buffer) + bufferLayout.data + length * size;
  }

  #text(address: number): string {
    const data = this.#word(address + textLayout.data);
    return decodeUtf8(this.#env.views.u8, data, data + this.#word(address + textLayout.length));
  }

  #concat(left: number, right: number): number {
    const { bytes, characters } = measureUtf8(this.#text(left) + this.#text(right));
    const owner = this.#new(typeIds.buffer_raw, bufferLayout.data + bytes);
    encodeUtf8(this.#text(left) + this.#text(right), this.#env.views.u8, owner + bufferLayout.data);
    const object = this.#keeping(owner, () => this.#new(typeIds.text, textLayout.size));
    this.#set(object + textLayout.owner, owner);
    this.#set(object + textLayout.data, owner + bufferLayout.data);
    this.#set(object + textLayout.length, bytes);
    this.#set(object + textLayout.count, characters);
    return object;
  }
}
