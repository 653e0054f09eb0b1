// What all modules of a `Jit` share: the machine, memory, names, the compiler, and whether native code is running.
import type { LlvmFunctionPart, LlvmLevel } from "../codegen/llvm/index.ts";
import {
  loadNative,
  unloadNative,
  type LoadedNative,
  type NativePools,
  type NativeSymbol,
  type NativeSymbolTable,
} from "../loader/native/index.ts";
import type { NativeHost } from "../native-host/index.ts";
import type { JitCallback, JitCallbackFunction, JitCallbackSignature } from "./callback-types.ts";
import type { PartCompiler } from "./compile.ts";
import { JitError } from "./error.ts";
import type { JitThresholds } from "./policy.ts";

/** Levels and when they are reached. */
export interface Levels {
  /** Level of a function that was just loaded. */
  readonly first: LlvmLevel;
  /** Highest level that is reached without being asked for. */
  readonly top: LlvmLevel;
  readonly thresholds: JitThresholds;
  /** Whether functions are counted and compiled again by themselves. */
  readonly automatic: boolean;
  /** Whether functions with loops start at the highest level, if they are few. */
  readonly eagerLoops: boolean;
}

/** A module, to those who use its names. */
export interface SymbolOwner {
  readonly name: string;
  /** It may start threads: code that it replaces stays while it is loaded. */
  readonly keepsCode: boolean;
}

/** Calls of native code that may call functions of JavaScript, which may throw. */
export interface SafeCalls {
  /** The address of a function that calls one of these types, its first argument. */
  safe(part: LlvmFunctionPart): number;
  /** Calls a function of no parameters and no result at an address. */
  enter(address: number): void;
  /** Behind each call: throws what has been thrown in it. */
  rethrow(): void;
}

/** The parts of a `Jit`, and the books of code that is no longer used. */
export class JitProgram {
  readonly host: NativeHost;
  readonly pools: NativePools;
  readonly symbols: NativeSymbolTable;
  readonly compiler: PartCompiler;
  readonly levels: Levels;
  /** Calls of native code that are under way on this thread. */
  depth = 0;
  readonly now: () => number;
  /** Makes functions of JavaScript for modules that call what nobody defines; undefined if that is an error. */
  makeCallback:
    | ((signature: JitCallbackSignature, call: JitCallbackFunction) => JitCallback)
    | undefined;
  /** Since native code knows functions of JavaScript. */
  safeCalls: SafeCalls | undefined;
  /** Who defined a name. */
  readonly owners = new Map<string, SymbolOwner>();
  #retired: { readonly loaded: LoadedNative; readonly owner: SymbolOwner }[] = [];

  constructor(parts: {
    readonly host: NativeHost;
    readonly pools: NativePools;
    readonly symbols: NativeSymbolTable;
    readonly compiler: PartCompiler;
    readonly levels: Levels;
    readonly now: () => number;
  }) {
    this.host = parts.host;
    this.pools = parts.pools;
    this.symbols = parts.symbols;
    this.compiler = parts.compiler;
    this.levels = parts.levels;
    this.now = parts.now;
  }

  /** Loads an object for a module. Throws `JitError`. */
  load(object: Uint8Array, module: string): LoadedNative {
    const { machine, process } = this.host;
    const { pools, symbols } = this;
    const loaded = loadNative(object, { machine, pools, symbols, process, lazyLines: true });
    if (loaded.kind === "loaded") return loaded;
    throw new JitError(`cannot load \`${module}\`: ${loaded.reasons.join("; ")}`);
  }

  /** Throws if the name is taken. */
  define(symbol: Omit<NativeSymbol, "size" | "origin">, owner: SymbolOwner): void {
    this.symbols.define({ ...symbol, size: 0, origin: owner.name });
    this.owners.set(symbol.name, owner);
  }

  /** Takes out all names of an owner. */
  forget(owner: SymbolOwner): void {
    for (const [name, other] of this.owners) {
      if (other !== owner) continue;
      const symbol = this.symbols.lookup(name);
      if (symbol !== undefined) this.symbols.remove(symbol);
      this.owners.delete(name);
    }
  }

  /** Runs native code of no parameters and no result. */
  enter(address: number): void {
    this.depth += 1;
    try {
      if (this.safeCalls === undefined) this.host.callable(address, "void", [])();
      else this.safeCalls.enter(address);
    } finally {
      this.leave();
    }
  }

  /** A call of native code has come back. */
  leave(): void {
    this.depth -= 1;
    if (this.depth === 0 && this.#retired.length > 0) this.#free(({ keepsCode }) => !keepsCode);
  }

  /** Gives memory back as soon as no frame can be in it. */
  retire(loaded: LoadedNative, owner: SymbolOwner): void {
    if (this.depth === 0 && !owner.keepsCode) unloadNative(loaded, this.pools);
    else this.#retired.push({ loaded, owner });
  }

  /** Gives back what an owner has retired. */
  freeRetired(owner: SymbolOwner): void {
    this.#free((other) => other === owner);
  }

  #free(matches: (owner: SymbolOwner) => boolean): void {
    const freed = this.#retired.filter(({ owner }) => matches(owner));
    this.#retired = this.#retired.filter(({ owner }) => !matches(owner));
    for (const { loaded } of freed) unloadNative(loaded, this.pools);
  }
}
