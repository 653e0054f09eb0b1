// Runs hand-built HIR about the heap in tier 0, in the MIR interpreter and as wasm, with a runtime library that only
// makes objects, and compares what they show.
import { createInterpContext, MirInterpreter, runInit } from "../../src/interp/index.ts";
import { singletonSymbol, staticsOf, textSymbol, type HirModule } from "../../src/ir/hir/index.ts";
import { renderVerifyErrors, verifyModule, type MirModule } from "../../src/ir/mir/index.ts";
import { insertRoots, lowerObjects } from "../../src/lower/index.ts";
import { hostWebAssembly, type WasmFunction, type WasmMemory } from "../../src/loader/index.ts";
import { pipelines, runPasses } from "../../src/opt/index.ts";
import {
  arrayLayout,
  bufferLayout,
  createHost,
  MemoryViews,
  ObjectHeap,
  ProgramError,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
  singletonSize,
  typeIds,
  dataStart,
  writeStaticObject,
  writeStaticText,
  type Host,
  type LibraryCode,
} from "../../src/runtime/index.ts";
import { textParts } from "../engine/text-parts.ts";
import { lowerAll, type LowerWay } from "./harness.ts";
import { loadModule } from "../fuzz/wasm-run.ts";

const memoryPages = 16;
const staticStart = 6 * 65536;
const heapStart = 8 * 65536;
const clock = { monotonicNanos: () => 0n, unixMicros: () => 0n };

/** A program's memory, static data and library. */
class TestHeap {
  readonly memory: WasmMemory;
  readonly views: MemoryViews;
  readonly objects: ObjectHeap;
  readonly host: Host;
  readonly addresses: Record<string, number> = {};
  readonly library: Readonly<Record<string, LibraryCode>>;
  out = "";
  #next = heapStart;
  #static = staticStart;

  constructor(module: HirModule) {
    const { Memory } = hostWebAssembly();
    this.memory = new Memory({ initial: memoryPages });
    this.views = new MemoryViews(this.memory);
    this.views.u8.fill(0xa5, shadowStackStart, dataStart);
    this.views.i32[shadowStackPointerAddress >> 2] = shadowStackStart;
    this.views.i32[shadowStackLimitAddress >> 2] = dataStart;
    this.library = {
      rt_new: (typeId, size) => this.allocate(Number(typeId), Number(size)),
      rt_array_new: (code, capacity) => this.#newArray(Number(code), Number(capacity)),
      rt_array_grow: (array) => this.#grow(Number(array) >>> 0),
      ...textParts({
        views: this.views,
        make: (typeId, size) => this.allocate(typeId, size),
        host: () => this.host,
      }),
    };
    this.objects = new ObjectHeap(this.views, (symbol) => {
      const code = this.library[symbol];
      if (code === undefined) throw new Error(`the test library has no ${symbol}`);
      return code;
    });
    this.host = createHost({
      clock,
      memory: this.views,
      heap: this.objects,
      layouts: module.layouts,
      write: (_, text) => (this.out += text),
    });
    this.#writeStatics(module);
  }

  allocate(typeId: number, size: number): number {
    const address = this.#next;
    this.#next += Math.ceil(size / 16) * 16;
    this.views.i32[address >> 2] = typeId;
    return address;
  }

  address(symbol: string): number {
    const address = this.addresses[symbol];
    if (address === undefined) throw new Error(`there is no static ${symbol}`);
    return address;
  }

  #writeStatics(module: HirModule): void {
    const reserve = (size: number): number => {
      const address = this.#static;
      this.#static += Math.ceil(size / 8) * 8;
      return address;
    };
    for (const { symbol } of module.globals) this.addresses[symbol] = reserve(8);
    for (const [text, number] of staticsOf(module).texts)
      this.addresses[textSymbol(number)] = writeStaticText(this.views, text, reserve);
    for (const { id, fields } of module.layouts) {
      if (fields.length > 0) continue;
      const object = reserve(singletonSize);
      writeStaticObject(this.views, object, id);
      this.addresses[singletonSymbol(id)] = object;
    }
  }

  #newArray(code: number, capacity: number): number {
    const array = this.allocate(typeIds.array_bool + code, arrayLayout.size);
    if (capacity === 0) return array;
    const size = elementSizes[code] ?? 0;
    const buffer = this.allocate(typeIds.buffer_raw, bufferLayout.data + capacity * size);
    this.views.i32[(array + arrayLayout.buffer) >> 2] = buffer;
    this.views.i32[(array + arrayLayout.capacity) >> 2] = capacity;
    return array;
  }

  /** Doubles the storage if it is full. Elements are of 8 bytes or less; the tests do not look at the spare ones. */
  #grow(array: number): number {
    const { i32, u8 } = this.views;
    const read = (at: number): number => (i32[at >> 2] ?? 0) >>> 0;
    const typeId = read(array);
    const size = elementSizes[typeId - typeIds.array_bool] ?? 0;
    const length = read(array + arrayLayout.length);
    if (length === read(array + arrayLayout.capacity)) {
      const capacity = Math.max(2, length * 2);
      const buffer = this.allocate(typeIds.buffer_raw, bufferLayout.data + capacity * size);
      const old = read(array + arrayLayout.buffer) + bufferLayout.data;
      if (length > 0) u8.copyWithin(buffer + bufferLayout.data, old, old + length * size);
      i32[(array + arrayLayout.buffer) >> 2] = buffer;
      i32[(array + arrayLayout.capacity) >> 2] = capacity;
    }
    i32[(array + arrayLayout.length) >> 2] = length + 1;
    return read(array + arrayLayout.buffer) + bufferLayout.data + length * size;
  }
}

/** By `storageCode`. */
const elementSizes = [1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 4, 8];

function showRun(heap: TestHeap, run: () => unknown): string[] {
  try {
    const code = run();
    return [heap.out, `exit ${String(code)}`];
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    return [heap.out, `${error.code}: ${error.message}`];
  }
}

/** Tier 0: the reference. */
export function runHeapHir(module: HirModule): string[] {
  const heap = new TestHeap(module);
  const context = createInterpContext({
    module,
    memory: heap.views,
    globals: module.globals.map(({ symbol }) => heap.address(symbol)),
    hooks: {
      onHotFunction: () => {},
      onHotLoop: () => null,
      poll: () => {},
      write: (text) => (heap.out += text),
      host: () => undefined,
    },
    heap: {
      objects: heap.objects,
      display: () => heap.host.display,
      text: (value) => heap.address(textSymbol(staticsOf(module).texts.get(value) ?? -1)),
      singleton: (layout) => heap.address(singletonSymbol(layout)),
      functionSlot: (callee) => {
        context.slotCells[callee + 1] = context.cells[callee];
        return callee + 1;
      },
    },
  });
  return showRun(heap, () => runInit(context));
}

function initOf(module: HirModule): string {
  return module.functions[module.init]?.symbol ?? "";
}

export function runHeapMir(module: HirModule, way: LowerWay): string[] {
  const mir = lowerAll(module, way);
  const heap = new TestHeap(module);
  const interpreter = new MirInterpreter([mir], {
    memory: heap.memory,
    host: { ...heap.host.wasm, ...heap.library },
    dataAddresses: heap.addresses,
    allocate: (typeId, size) => heap.allocate(typeId, size),
  });
  return showRun(heap, () => interpreter.call(initOf(module), [])[0]);
}

/** The whole way to machine code, with the roots in frames. */
export function runHeapWasm(module: HirModule, way: LowerWay): string[] {
  const mir = lowerAll(module, way);
  if (way.optimized === true) runPasses(mir, pipelines.O2);
  lowerObjects(mir, { inline: way.optimized === true });
  insertRoots(mir);
  requireValid(mir);
  const heap = new TestHeap(module);
  const program = loadModule(mir, {
    memory: heap.memory,
    host: heapHost(heap, mir),
    dataAddresses: heap.addresses,
    dataBase: heapStart - 65536,
  });
  return showRun(heap, () => program.call(initOf(module), [])[0]);
}

/** The functions that the module declares. */
function heapHost(heap: TestHeap, mir: MirModule): Record<string, WasmFunction> {
  const all: Readonly<Record<string, unknown>> = { ...heap.host.wasm, ...heap.library };
  const needed = ["rt_trap", "rt_index_error"];
  for (const { symbol, linkage } of mir.declarations) {
    if (linkage === "host" && !needed.includes(symbol)) needed.push(symbol);
  }
  const found: Record<string, WasmFunction> = {};
  for (const symbol of needed) {
    const code = all[symbol];
    if (typeof code !== "function") throw new Error(`the test host has no ${symbol}`);
    found[symbol] = code as WasmFunction;
  }
  return found;
}

function requireValid(mir: MirModule): void {
  const errors = verifyModule(mir);
  if (errors.length > 0) throw new Error(renderVerifyErrors(errors));
}
