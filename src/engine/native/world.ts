// Native code of a program or a session: the memory that it stands in, the ways in and out, and its errors.
//
// JavaScript enters compiled code through `anneal:enter` with the arguments in a frame; compiled code leaves through host
// functions, and through the thunks of slots that have no native code. An error never passes native frames as an exception:
// the callback keeps it, and the runtime unwinds to the innermost entry, which throws it on. Only one thread runs a
// program, so the places of arguments exist once: they are read before anything else is called.
import {
  firstHostFailure,
  hostSignature,
  mostTraceFrames,
  registerLayouts,
  runtimeNames,
  signatureOf,
  stubNames,
  symbolNames,
  currentAbi,
  type RegisterLayout,
} from "../../compiler/index.ts";
import type { Signature } from "../../ir/mir/index.ts";
import type { FunctionCell } from "../../interp/index.ts";
import type { SymbolTable, WasmFunction, WasmMemory } from "../../loader/index.ts";
import {
  loadNative,
  NativePools,
  unloadNative,
  type LoadedNative,
  type NativeCallable,
  type NativeSymbol,
} from "../../loader/native/index.ts";
import {
  hostFunctions,
  isHostSymbol,
  isLibrarySymbol,
  isStackExhaustion,
  ProgramError,
  runtimeError,
  trapCodes,
  type Host,
  type HostSymbol,
} from "../../runtime/index.ts";
import { callInterpreted, type WasmValue } from "../boundary.ts";
import type { DataArea, DataBlock } from "../data-area.ts";
import type { Traces } from "../trace.ts";
import type { NativeBackend } from "./backend.ts";
import { firstHostNumber, NativeCells } from "./cells.ts";
import { NativeLines } from "./lines.ts";
import { NativePlaces } from "./values.ts";

/** What native code needs of a program. */
export interface NativeEnvironment {
  readonly backend: NativeBackend;
  readonly memory: WasmMemory;
  readonly data: DataArea;
  readonly traces: Traces;
  /** Functions of tier 0 by slot. */
  readonly slotCells: readonly (FunctionCell | undefined)[];
  /** Whether the program uses the heap, and so the library. */
  readonly usesLibrary: boolean;
  /** Why the program is to stop. */
  readonly stopCode: () => "interrupted" | "time_limit";
}

/** What names mean to one program; the native code of a session has several, one after the other. */
export interface NativeScope {
  readonly symbols: SymbolTable;
  slotOf(symbol: string): number | undefined;
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

/** What a thunk calls. */
interface Callee {
  readonly signature: Signature;
  readonly code: WasmFunction;
}

/** What the thunk of a slot calls. */
interface SlotCallee extends Callee {
  readonly cell: FunctionCell;
}

/** The host functions that compiled code calls; the native runtime has its own `rt_trap`. */
function hostSymbols(): HostSymbol[] {
  return Object.keys(hostFunctions)
    .filter(isHostSymbol)
    .filter((symbol) => symbol !== "rt_trap");
}

/** The native code of one program or session; see the head of this file. */
export class NativeWorld {
  readonly pools: NativePools;
  readonly cells: NativeCells;
  /** The host functions of the newest program. */
  host: Host | null = null;
  readonly #env: NativeEnvironment;
  readonly #lines = new NativeLines();
  /** In the order of their thunks' numbers. */
  readonly #hostSymbols: readonly HostSymbol[];
  /** Thunks of host functions by symbol. */
  readonly #hosts: ReadonlyMap<string, number>;
  readonly #hostCallees: (Callee | undefined)[] = [];
  readonly #runtime: LoadedNative;
  readonly #library: LoadedNative | null;
  readonly #slotCallees = new Map<number, SlotCallee>();
  /** The number of this program for the dispatcher. */
  readonly #number: number;
  readonly #enter: NativeCallable;
  readonly #frame: NativePlaces;
  readonly #registers: NativePlaces;
  readonly #registerLayout: RegisterLayout;
  readonly #pending: NativePlaces;
  readonly #trace: NativePlaces;
  #failure: unknown;
  /** The data in linear memory of the object that was loaded last. */
  #placed: DataBlock = { address: 0, size: 0 };
  #base = 0;
  #buffer: ArrayBufferLike | null = null;
  /** Entries under way. */
  #depth = 0;

  /** Loads the native runtime, and the library if the program uses it. Throws if the machine refuses. */
  constructor(environment: NativeEnvironment) {
    this.#env = environment;
    const { host } = environment.backend;
    this.pools = new NativePools(host.memory);
    const none = { lookup: () => undefined, nearest: () => [] };
    this.#runtime = this.#place(environment.backend.runtime(), none);
    const at = (name: string): number => this.#runtimeAddress(name);
    this.cells = new NativeCells(
      host,
      this.pools,
      at(stubNames.stub),
      NativeCells.reserve(this.pools),
    );
    this.#registerLayout = registerLayouts[host.machine];
    this.#registers = new NativePlaces(host, at(stubNames.registers), this.#registerLayout.size);
    this.#pending = new NativePlaces(host, at(runtimeNames.pending), placeSize);
    this.#trace = new NativePlaces(host, at(runtimeNames.trace), placeSize * (mostTraceFrames + 1));
    this.#hostSymbols = hostSymbols();
    const addresses = this.cells.addHosts(this.#hostSymbols.length);
    this.#hosts = new Map(this.#hostSymbols.map((symbol, i) => [symbol, addresses[i] ?? 0]));
    this.#number = host.dispatcher.add((number) => this.#dispatch(number));
    new NativePlaces(host, at(stubNames.dispatcher), placeSize).setPointer(
      0,
      host.dispatcher.address,
    );
    new NativePlaces(host, at(stubNames.program), 4).setWord(0, this.#number);
    new NativePlaces(host, at(runtimeNames.stack), placeSize).setPointer(0, host.stackBytes);
    this.#enter = host.callable(at(runtimeNames.enter), "int32_t", [
      "uintptr_t",
      "uintptr_t",
      "uintptr_t",
    ]);
    const frame = this.pools.allocate("data", placeSize * mostParameters);
    if (frame === null) throw new Error("no memory for the arguments of native code");
    this.#frame = new NativePlaces(host, frame.address, frame.size);
    this.#library = environment.usesLibrary
      ? this.#place(environment.backend.library(), this.#names(null))
      : null;
  }

  /** Loads an object of the program's; `data` are its data in linear memory. Throws `NativeRefused`. */
  load(
    object: Uint8Array,
    scope: NativeScope,
  ): { readonly loaded: LoadedNative; readonly data: DataBlock } {
    const loaded = this.#place(object, this.#names(scope));
    this.#lines.add(loaded);
    return { loaded, data: this.#placed };
  }

  /** Returns an object's memory, to which no slot may refer; false if it may be running. */
  release(loaded: LoadedNative): boolean {
    if (this.#depth > 0) return false;
    this.#lines.remove(loaded);
    unloadNative(loaded, this.pools);
    return true;
  }

  #place(
    object: Uint8Array,
    names: {
      lookup(name: string): NativeSymbol | undefined;
      nearest(name: string): string[];
    },
  ): LoadedNative {
    const { backend, data, memory } = this.#env;
    this.#placed = { address: 0, size: 0 };
    const loaded = loadNative(object, {
      machine: backend.host.machine,
      pools: this.pools,
      symbols: names,
      process: {
        address: (name) => (systemNames.has(name) ? backend.host.process.address(name) : undefined),
      },
      abiHash: currentAbi(),
      linear: {
        allocate: (size, align) => {
          this.#placed = { address: data.allocate(size, align), size };
          return this.#placed.address;
        },
        write: (address, bytes) => new Uint8Array(memory.buffer).set(bytes, address),
      },
    });
    if (loaded.kind === "refused") throw new NativeRefused(loaded.message);
    return loaded;
  }

  #runtimeAddress(name: string): number {
    const address = this.#runtime.symbols.get(name)?.address;
    if (address === undefined) throw new Error(`the native runtime does not have \`${name}\``);
    return address;
  }

  #names(scope: NativeScope | null): {
    lookup(name: string): NativeSymbol | undefined;
    nearest(name: string): string[];
  } {
    const symbol = (name: string, kind: NativeSymbol["kind"], address: number): NativeSymbol => ({
      name,
      kind,
      address,
      size: 0,
      origin: "the program",
    });
    return {
      lookup: (name) => {
        if (name === symbolNames.slots) return symbol(name, "data", this.cells.cell(0));
        const separator = name.indexOf(":") + 1;
        const rest = name.slice(separator);
        switch (name.slice(0, separator)) {
          case "slot:": {
            const slot = scope?.slotOf(rest);
            return slot === undefined ? undefined : symbol(name, "data", this.cells.cell(slot));
          }
          case "addr:": {
            const found = scope?.symbols.lookup(rest);
            return found?.kind === "data" ? symbol(name, "data", found.address) : undefined;
          }
          case "fn:":
            return isLibrarySymbol(rest) ? this.#library?.symbols.get(name) : undefined;
          case "": {
            const address = this.#hosts.get(name);
            return address === undefined
              ? this.#runtime.symbols.get(name)
              : symbol(name, "function", address);
          }
          default:
            return undefined;
        }
      },
      nearest: () => [],
    };
  }

  /** A thunk was called. An error is kept for the entry, since nothing may be thrown here. */
  #dispatch(number: number): void {
    try {
      const callee =
        number < firstHostNumber
          ? this.#slotCallee(number)
          : this.#hostCallee(number - firstHostNumber);
      this.#call(callee);
    } catch (error) {
      this.#failure = error;
      this.#pending.setWord(0, firstHostFailure);
    }
  }

  /** Calls with the arguments that are in registers and on the stack. */
  #call({ signature: { params, results }, code }: Callee): void {
    const { integers, floatsAt, floats, stackAt } = this.#registerLayout;
    const registers = this.#registers;
    let nextInteger = 0;
    let nextFloat = 0;
    let stacked: NativePlaces | null = null;
    let nextStacked = 0;
    const args: WasmValue[] = [];
    for (const type of params) {
      const isFloat = type === "f32" || type === "f64";
      if (isFloat && nextFloat < floats) {
        args.push(registers.load(floatsAt / placeSize + nextFloat, type));
        nextFloat += 1;
      } else if (!isFloat && nextInteger < integers) {
        args.push(registers.load(nextInteger, type));
        nextInteger += 1;
      } else {
        stacked ??= new NativePlaces(
          this.#env.backend.host,
          registers.pointer(stackAt / placeSize),
          placeSize * params.length,
        );
        args.push(stacked.load(nextStacked, type));
        nextStacked += 1;
      }
    }
    const value = code(...args);
    const [result] = results;
    if (result === undefined || value === undefined || typeof value === "object") return;
    const isFloat = result === "f32" || result === "f64";
    registers.store(isFloat ? floatsAt / placeSize : 0, result, value);
  }

  /** The function of a slot without native code, in the tier that it has. */
  #slotCallee(slot: number): SlotCallee {
    const cell = this.#env.slotCells[slot];
    if (cell === undefined) throw new Error(`slot ${slot} is empty`);
    const known = this.#slotCallees.get(slot);
    if (known?.cell === cell) return known;
    const callee: SlotCallee = {
      cell,
      signature: signatureOf(cell.fn),
      // The frames that an error has left are known when it leaves native code.
      code: callInterpreted(cell, { mark: () => 0, leave: (error) => error, enter: () => {} }),
    };
    this.#slotCallees.set(slot, callee);
    return callee;
  }

  #hostCallee(index: number): Callee {
    const known = this.#hostCallees[index];
    if (known !== undefined) return known;
    const symbol = this.#hostSymbols[index];
    if (symbol === undefined) throw new Error(`there is no host function ${index}`);
    const callee: Callee = {
      signature: hostSignature(symbol),
      // The newest program's: a session has several, one after the other.
      code: (...args) => {
        const code: WasmFunction | undefined = this.host?.wasm[symbol];
        if (code === undefined) throw new Error(`the host has no \`${symbol}\``);
        return code(...args);
      },
    };
    this.#hostCallees[index] = callee;
    return callee;
  }

  /** Puts a function of a loaded object into a slot; the result calls it from JavaScript. */
  install(
    loaded: LoadedNative,
    symbol: string,
    { slot, signature }: { readonly slot: number; readonly signature: Signature },
  ): WasmFunction {
    const entry = loaded.symbols.get(symbolNames.enter(symbol));
    const target = loaded.symbols.get(symbolNames.code(symbol));
    if (entry === undefined || target === undefined) {
      throw new Error(`${loaded.name} does not define ${symbol}`);
    }
    const code = this.#callable(entry.address, signature);
    this.cells.set(slot, target.address);
    return code;
  }

  /** Native code as a JavaScript function with the values of wasm. `entry` is the address of its `enter:` function. */
  #callable(entry: number, { params, results }: Signature): WasmFunction {
    if (params.length > mostParameters) {
      throw new NativeRefused(`a function has more than ${mostParameters} parameters`);
    }
    const frame = this.#frame;
    const [result] = results;
    return (...args) => {
      for (let i = 0; i < params.length; i += 1) frame.store(i, params[i] ?? "i32", args[i] ?? 0);
      this.#depth += 1;
      const why = this.#enter(entry, this.#memoryBase(), frame.address);
      this.#depth -= 1;
      if (why !== 0) throw this.#thrown(Number(why));
      return result === undefined ? undefined : frame.load(0, result);
    };
  }

  #memoryBase(): number {
    const { buffer } = this.#env.memory;
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#base = this.#env.backend.host.addressOf(new Uint8Array(buffer));
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
    // A stack that is full is found in the function that did not fit: the trace begins with its caller.
    const first = why - 1 === trapCodes.indexOf("stack_overflow") ? 1 : 0;
    for (let i = first; i < count; i += 1) {
      for (const frame of this.#lines.framesAt(this.#trace.pointer(1 + i))) error.addFrame(frame);
    }
    if (count >= mostTraceFrames) error.loseFrames();
    this.#env.traces.leaveNative(error);
    return error;
  }

  /** Returns all memory; no native code may run any more. */
  close(): void {
    this.#env.backend.host.dispatcher.remove(this.#number);
    this.pools.close();
  }
}
