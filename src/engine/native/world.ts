// Native code of a program or a session: the memory that it stands in, the ways in and out, and its errors.
//
// JavaScript enters compiled code through `anneal:enter` with the arguments in a frame; compiled code leaves through host
// functions, and through the thunks of slots that have no native code. An error never passes native frames as an exception:
// the callback keeps it, and the runtime unwinds to the innermost entry, which throws it on. Only one thread runs a
// program, so the places of arguments exist once: they are read before anything else is called.
//
// Nothing here knows of a compiler: a device that gets its code as objects has the same.
import { doAll, type Parts } from "../../base/index.ts";
import type { WasmFunction, WasmMemory } from "../../loader/index.ts";
import {
  loadingNative,
  NativePools,
  unloadNative,
  type LoadedNative,
  type NativeCallable,
  type NativeHost,
  type NativeNames,
  type ReadObject,
} from "../../loader/native/index.ts";
import {
  callPlaces,
  callResultPlaces,
  currentAbi,
  firstHostFailure,
  frameHeadSize,
  hostFunctions,
  isHostSymbol,
  isStackExhaustion,
  mostTraceFrames,
  ProgramError,
  runtimeError,
  runtimeNames,
  stubNames,
  symbolNames,
  trapCodes,
  type WasmHost,
} from "../../runtime/index.ts";
import type { DataArea, DataBlock } from "../data-area.ts";
import { hostFunctionType } from "../host-types.ts";
import type { Traces } from "../trace.ts";
import { isFloat, StubRegisters, type NativeCallee, type NativeSignature } from "./callee.ts";
import { firstHostNumber, NativeCells } from "./cells.ts";
import { NativeFrames } from "./frames.ts";
import { NativeLines } from "./lines.ts";
import { ProcessMath } from "./math.ts";
import { nativeNames, type NativeScope } from "./names.ts";
import { NativeProfile, samplePeriod } from "./profile.ts";
import { NativePlaces, type NativeValue } from "./values.ts";

/** Functions of an application that native code calls, with their types and where they are. */
export interface NativeApplication {
  /** JavaScript functions. */
  readonly functions: readonly (NativeCallee & { readonly name: string })[];
  /** Symbols in the memory of the process. */
  readonly symbols: NativeNames;
}

/** What native code needs of a program. */
export interface NativeEnvironment {
  readonly host: NativeHost;
  /** The object of the native runtime. */
  readonly runtime: Uint8Array;
  /** The object of the runtime library; null if the program does not use the heap. */
  readonly library: Uint8Array | null;
  readonly memory: WasmMemory;
  readonly data: DataArea;
  readonly traces: Traces;
  /** What the slot's function is where it has no native code; undefined if it is empty. */
  readonly calleeOf: (slot: number) => NativeCallee | undefined;
  readonly application?: NativeApplication;
  /** Why the program is to stop. */
  readonly stopCode: () => "interrupted" | "time_limit";
  /** Called when native code has come back to where it was called from, unless it failed. */
  readonly onReturn?: () => void;
  /** Bytes of the stack that other native code has taken. */
  readonly stackInUse?: () => number;
}

/** An object in memory. */
interface PlacedNative {
  readonly loaded: LoadedNative;
  /** Its data in linear memory. */
  readonly data: DataBlock;
}

/** An object that could not be loaded. */
export class NativeRefused extends Error {
  override readonly name = "NativeRefused";
}

/** The only names of the process that compiled code may use: what LLVM itself calls, and what the runtime does. */
const systemNames: ReadonlySet<string> = new Set(
  "memcpy memmove memset floor ceil trunc floorf ceilf truncf _setjmp longjmp".split(" "),
);

/** Parameters of a function that can be entered from JavaScript. */
const mostParameters = 256;
const placeSize = 8;

const noApplication: NativeApplication = {
  functions: [],
  symbols: { lookup: () => undefined, nearest: () => [] },
};

/** The native code of one program or session; see the head of this file. */
export class NativeWorld {
  readonly pools: NativePools;
  readonly cells: NativeCells;
  /** The host functions of the newest program. */
  host: WasmHost | null = null;
  readonly #env: NativeEnvironment;
  readonly #lines = new NativeLines();
  readonly #frames: NativeFrames;
  /** Host functions in the order of their thunks' numbers. */
  readonly #hostCallees: readonly NativeCallee[];
  /** Thunks of host functions by symbol. */
  readonly #hosts: ReadonlyMap<string, number>;
  readonly #math: ProcessMath;
  readonly #runtime: LoadedNative;
  readonly #library: LoadedNative | null;
  /** Objects of the program. */
  readonly #loaded = new Set<LoadedNative>();
  /** The number of this program for the dispatcher. */
  readonly #number: number;
  readonly #enter: NativeCallable;
  readonly #frame: NativePlaces;
  readonly #registers: StubRegisters;
  readonly #returned: NativePlaces;
  readonly #stack: NativePlaces;
  #stackBytes = 0;
  readonly #trace: NativePlaces;
  #failure: unknown;
  #base = 0;
  #buffer: ArrayBufferLike | null = null;
  /** Entries under way. */
  #depth = 0;

  /** Loads the native runtime, and the library. Throws if the machine refuses. */
  constructor(environment: NativeEnvironment) {
    this.#env = environment;
    const { host, runtime, library, application = noApplication } = environment;
    this.pools = new NativePools(host.memory);
    this.#math = new ProcessMath(host);
    this.#runtime = doAll(this.#placing(runtime, noApplication.symbols)).loaded;
    const at = (name: string): number => this.#runtimeAddress(name);
    const table = NativeCells.reserve(this.pools);
    this.cells = new NativeCells(host, this.pools, at(stubNames.stub), table);
    this.#frames = new NativeFrames(host);
    this.#registers = new StubRegisters(host, at(stubNames.registers));
    this.#returned = new NativePlaces(host, at(stubNames.returned), 4);
    this.#trace = new NativePlaces(host, at(runtimeNames.trace), placeSize * (mostTraceFrames + 1));
    const hosts = [...this.#runtimeHosts(), ...application.functions];
    this.#hostCallees = hosts;
    const addresses = this.cells.addHosts(hosts.length);
    this.#hosts = new Map(hosts.map(({ name }, i) => [name, addresses[i] ?? 0]));
    this.#number = host.dispatcher.add((number) => this.#dispatch(number));
    const { address } = host.dispatcher;
    new NativePlaces(host, at(stubNames.dispatcher), placeSize).setPointer(0, address);
    new NativePlaces(host, at(stubNames.program), 4).setWord(0, this.#number);
    this.#stack = new NativePlaces(host, at(runtimeNames.stack), placeSize);
    const words = ["uintptr_t", "uintptr_t", "uintptr_t"];
    this.#enter = host.callable(at(runtimeNames.enter), "int32_t", words);
    const frame = this.pools.allocate("data", placeSize * mostParameters);
    if (frame === null) throw new Error("no memory for the arguments of native code");
    this.#frame = new NativePlaces(host, frame.address, frame.size);
    this.#library =
      library === null ? null : doAll(this.#placing(library, this.#names(null))).loaded;
  }

  /** The host functions of the runtime; the native runtime has its own `rt_trap`. */
  #runtimeHosts(): (NativeCallee & { readonly name: string })[] {
    const symbols = Object.keys(hostFunctions)
      .filter(isHostSymbol)
      .filter((symbol) => symbol !== "rt_trap");
    return symbols.map((symbol) => ({
      name: symbol,
      signature: hostFunctionType(symbol),
      // The newest program's: a session has several, one after the other.
      code: (...args) => {
        const code: WasmFunction | undefined = this.host?.wasm[symbol];
        if (code === undefined) throw new Error(`the host has no \`${symbol}\``);
        return code(...args);
      },
    }));
  }

  /** Loads an object of the program's; `data` are its data in linear memory. Throws `NativeRefused`. */
  load(object: Uint8Array | ReadObject, scope: NativeScope): PlacedNative {
    return doAll(this.loading(object, scope));
  }

  /** As `load`, in parts. */
  *loading(object: Uint8Array | ReadObject, scope: NativeScope): Parts<PlacedNative> {
    const placed = yield* this.#placing(object, this.#names(scope));
    this.#loaded.add(placed.loaded);
    this.#lines.add(placed.loaded);
    return placed;
  }

  /** Returns an object's memory, to which no slot may refer; false if it may be running. */
  release(loaded: LoadedNative): boolean {
    const running = this.running();
    if (running === null || running.has(loaded)) return false;
    this.#lines.remove(loaded);
    this.#loaded.delete(loaded);
    unloadNative(loaded, this.pools);
    return true;
  }

  /** The objects with frames on the stack; null if the stack is too deep to tell. */
  running(): ReadonlySet<LoadedNative> | null {
    const running = new Set<LoadedNative>();
    if (this.#depth === 0) return running;
    const { code } = this.pools.ranges;
    const isOurs = (address: number): boolean => address > code.start && address <= code.end;
    const addresses = this.#frames.returnAddresses(isOurs);
    if (addresses === null) return null;
    for (const loaded of this.#loaded) {
      const { codeAddress: start, figures } = loaded;
      const end = start + figures.code;
      if (addresses.some((address) => address > start && address <= end)) running.add(loaded);
    }
    return running;
  }

  *#placing(object: Uint8Array | ReadObject, symbols: NativeNames): Parts<PlacedNative> {
    const { host, data, memory } = this.#env;
    let placed: DataBlock = { address: 0, size: 0 };
    const loaded = yield* loadingNative(object, {
      machine: host.machine,
      pools: this.pools,
      symbols,
      process: {
        address: (name) => (systemNames.has(name) ? host.process.address(name) : undefined),
      },
      abiHash: currentAbi(),
      lazyLines: true,
      linear: {
        allocate: (size, align) => {
          placed = { address: data.allocate(size, align), size };
          return placed.address;
        },
        write: (address, bytes) => new Uint8Array(memory.buffer).set(bytes, address),
      },
    });
    if (loaded.kind === "refused") throw new NativeRefused(loaded.message);
    return { loaded, data: placed };
  }

  #runtimeAddress(name: string): number {
    const address = this.#runtime.symbols.get(name)?.address;
    if (address === undefined) throw new Error(`the native runtime does not have \`${name}\``);
    return address;
  }

  #names(scope: NativeScope | null): NativeNames {
    const parts = {
      cell: (slot: number) => this.cells.cell(slot),
      library: scope === null ? null : (this.#library?.symbols ?? null),
      runtime: this.#runtime.symbols,
      math: this.#math,
      hosts: this.#hosts,
      application: (this.#env.application ?? noApplication).symbols,
    };
    return nativeNames(parts, scope);
  }

  /**
   * A thunk was called. An error is kept for the entry. Where the stack is full not even that may be possible: native code is left
   * unless it is told that all is well, and the entry throws what was thrown here.
   */
  #dispatch(number: number): void {
    try {
      this.#frames.enter(this.#registers.stack - frameHeadSize);
      const callee =
        number < firstHostNumber
          ? this.#env.calleeOf(number)
          : this.#hostCallees[number - firstHostNumber];
      if (callee === undefined) throw new Error(`slot ${number} is empty`);
      this.#registers.call(callee);
      this.#frames.leave();
      this.#returned.setWord(0, 1);
    } catch (error) {
      this.#failure = error;
    }
  }

  /** Puts a function of a loaded object into a slot; the result calls it from JavaScript. */
  install(
    loaded: LoadedNative,
    symbol: string,
    { slot, signature }: { readonly slot: number; readonly signature: NativeSignature },
  ): WasmFunction {
    const { call, address } = this.function(loaded, symbol, signature);
    this.cells.set(slot, address);
    return call;
  }

  /** A function of a loaded object: where it is, and how JavaScript calls it. */
  function(
    loaded: LoadedNative,
    symbol: string,
    signature: NativeSignature,
  ): { readonly address: number; readonly call: WasmFunction } {
    const entry = loaded.symbols.get(symbolNames.enter(symbol));
    const target = loaded.symbols.get(symbolNames.code(symbol));
    if (target === undefined) {
      throw new NativeRefused(`${loaded.name} does not define ${symbol}`);
    }
    const { address } = target;
    const call =
      entry === undefined
        ? this.#callableAt(address, signature)
        : this.#callable(entry.address, signature);
    return { address, call };
  }

  /** A function without an entry of its own, as `#callable`. */
  #callableAt(address: number, { params, results }: NativeSignature): WasmFunction {
    const places = callPlaces(this.#env.host.machine, params.map(isFloat));
    const [result] = results;
    if (places === null || results.length > 1)
      throw new NativeRefused("a function with many parameters or results has no entry");
    const frame = this.#frame;
    const entry = this.#runtimeAddress(runtimeNames.call);
    const { integer, float } = callResultPlaces;
    return (...args: readonly NativeValue[]) => {
      frame.setPointer(0, address);
      places.forEach((place, i) => frame.store(place, params[i] ?? "i32", args[i] ?? 0));
      this.#run(entry);
      if (result === undefined) return undefined;
      return frame.load(isFloat(result) ? float : integer, result);
    };
  }

  /** Native code as a JavaScript function with the values of wasm. `entry` is the address of its `enter:` function. */
  #callable(entry: number, { params, results }: NativeSignature): WasmFunction {
    if (params.length > mostParameters) {
      throw new NativeRefused(`a function has more than ${mostParameters} parameters`);
    }
    const frame = this.#frame;
    const [result] = results;
    return (...args: readonly NativeValue[]) => {
      for (let i = 0; i < params.length; i += 1) frame.store(i, params[i] ?? "i32", args[i] ?? 0);
      this.#run(entry);
      const value = result === undefined ? undefined : frame.load(0, result);
      this.#env.onReturn?.();
      return value;
    };
  }

  /** Calls an entry with the frame as it is. Throws what ended it. */
  #run(entry: number): void {
    if (this.#depth === 0) this.#noteStack();
    const base = this.#memoryBase();
    const frames = this.#frames.depth;
    this.#depth += 1;
    let why = firstHostFailure;
    try {
      why = Number(this.#enter(entry, base, this.#frame.address));
    } catch (error) {
      this.#failure = error;
    }
    this.#depth -= 1;
    if (why === 0) return;
    this.#frames.leaveTo(frames);
    throw this.#thrown(why);
  }

  /** An entry from outside may stand deep in the stack already. */
  #noteStack(): void {
    const { host, stackInUse } = this.#env;
    const stack = host.stackBytes - (stackInUse?.() ?? 0);
    if (stack === this.#stackBytes) return;
    this.#stackBytes = stack;
    this.#stack.setPointer(0, stack);
  }

  #memoryBase(): number {
    const { buffer } = this.#env.memory;
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#base = this.#env.host.addressOf(new Uint8Array(buffer));
    }
    return this.#base;
  }

  /** What ended an entry, with the native frames that were left. */
  #thrown(why: number): unknown {
    let error: unknown;
    if (why === firstHostFailure) {
      error = this.#failure;
      this.#failure = undefined;
      if (isStackExhaustion(error)) error = runtimeError("stack_overflow");
    } else {
      const code = trapCodes[why - 1] ?? "unreachable";
      error = runtimeError(code === "interrupted" ? this.#env.stopCode() : code);
    }
    if (!(error instanceof ProgramError)) return error;
    const count = this.#trace.word(0);
    // Of an entry that the host did not get to there is none.
    this.#trace.setWord(0, 0);
    // A stack that is full is found in the function that did not fit: the trace begins with its caller.
    const first = why - 1 === trapCodes.indexOf("stack_overflow") ? 1 : 0;
    for (let i = first; i < count; i += 1) {
      for (const frame of this.#lines.framesAt(this.#trace.pointer(1 + i))) error.addFrame(frame);
    }
    if (count >= mostTraceFrames) error.loseFrames();
    this.#env.traces.leaveNative(error);
    return error;
  }

  /** Samples this thread from now on; null if the system cannot. */
  profile(): NativeProfile | null {
    const sampling = this.#env.host.sample(samplePeriod);
    if (sampling === null) return null;
    return new NativeProfile(sampling, (address) => this.#lines.functionAt(address));
  }

  /** Returns all memory; no native code may run any more. */
  close(): void {
    this.#env.host.dispatcher.remove(this.#number);
    this.pools.close();
  }
}
