// Native code of single functions, compiled, linked and called as the engine does it, for measurements in one process. Needs a
// build in dist/ and libLLVM.
import path from "node:path";

export const root = path.join(import.meta.dirname, "..");
const dist = (layer) => import(`../dist/${layer}/index.js`);

/** The backend `llvm` of this process, as the command line has it. Throws if there is none. */
export async function openBackend() {
  const { openNative } = await import("../dist/native/native-backend.js");
  const search = openNative(root);
  if (search.kind === "absent") throw new Error(`no native code: ${search.reason}`);
  return search.backend;
}

const clock = { monotonicNanos: () => process.hrtime.bigint(), unixMicros: () => 0n };

/** What the parts of the rig have in common: layers of `dist`. */
async function loadLayers() {
  const names = ["base", "compiler", "engine", "loader", "loader/native", "runtime"];
  const [base, compiler, engine, loader, native, runtime] = await Promise.all(names.map(dist));
  return { base, compiler, engine, loader, native, runtime };
}

/** Memory, symbols and native code of a program that is a single slot for each name. */
export class NativeRig {
  #layers;
  #backend;
  #symbols;
  #world;
  #slots = new Map();
  #data;

  /** `backend` is that of `openBackend`. */
  static async open(backend) {
    return new NativeRig(await loadLayers(), backend);
  }

  constructor(layers, backend) {
    const { engine, loader, runtime } = layers;
    this.#layers = layers;
    this.#backend = backend;
    const memory = new WebAssembly.Memory({ initial: 64, maximum: 64 });
    const views = new runtime.MemoryViews(memory);
    views.i32[runtime.shadowStackPointerAddress >> 2] = runtime.shadowStackStart;
    views.i32[runtime.shadowStackLimitAddress >> 2] = runtime.dataStart;
    this.#data = { views, next: runtime.dataStart };
    this.#symbols = new loader.SymbolTable();
    this.#world = new engine.NativeWorld({
      host: backend.host,
      runtime: backend.runtime(),
      library: null,
      memory,
      data: { allocate: (size) => this.#allocate(size) },
      traces: new engine.Traces(() => "interrupted"),
      calleeOf: () => undefined,
      stopCode: () => "interrupted",
    });
    this.#world.host = runtime.createHost({ clock, write: () => {}, memory: views });
  }

  get host() {
    return this.#backend.host;
  }

  #allocate(size) {
    const address = this.#data.next;
    this.#data.next += (size + 15) & ~15;
    return address;
  }

  /** Memory for what code notes. */
  room(size) {
    return { address: this.#allocate(size), size };
  }

  /** What the front end makes of a source; its functions have slots and counters from now on, new names new ones. */
  analyse(text) {
    const { base, compiler } = this.#layers;
    const sink = new base.DiagnosticSink();
    const module = compiler.frontend(new base.SourceFile("bench.spl", text), sink);
    if (module === null) throw new Error(sink.all.map(({ message }) => message).join("; "));
    for (const fn of module.functions) this.#define(fn);
    this.#world.cells.ensure(this.#slots.size + 1);
    return new compiler.ModuleFacts(module);
  }

  #define(fn) {
    if (this.#slots.has(fn.symbol)) return;
    const { compiler } = this.#layers;
    const slot = this.#slots.size + 1;
    this.#slots.set(fn.symbol, slot);
    const address = this.#allocate(8);
    // It never runs out.
    this.#data.views.i32[address >> 2] = 0x7fffffff;
    this.#symbols.define({
      kind: "data",
      name: compiler.counterSymbol(fn),
      origin: "bench",
      address,
    });
  }

  /** The object of a function alone. */
  compile(facts, fn, { level, counted = false, observing }) {
    const { compiler } = this.#layers;
    const request = { kind: "function", function: fn.id, counted, outlined: false };
    const options = { name: fn.name, level, ...(observing && { observing }) };
    return compiler.compileNativeUnit(facts, [request], {
      options,
      compiler: this.#backend.compiler,
    });
  }

  /** Loads an object and puts the function into its slot: `{ loaded, call }`. */
  install(object, fn) {
    const { compiler, native } = this.#layers;
    const slotOf = (symbol) => this.#slots.get(symbol);
    const read = native.readNative(object, this.#backend.host.memory.pageSize);
    const { loaded } = this.#world.load(read, { symbols: this.#symbols, slotOf });
    const signature = compiler.signatureOf(fn);
    const slot = this.#slots.get(fn.symbol);
    return { loaded, call: this.#world.install(loaded, fn.symbol, { slot, signature }) };
  }

  /** Unloads what is in no slot any more. */
  release(loaded) {
    if (!this.#world.release(loaded)) throw new Error("it is still running");
  }

  /** Bytes of memory of each pool. */
  poolsInUse() {
    const { code, metadata, data } = this.#world.pools.figures();
    return { code: code.used, metadata: metadata.used, data: data.used };
  }

  close() {
    this.#world.close();
  }
}
