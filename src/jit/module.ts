// A module in memory: its cells, its variables, the units of its code.
import {
  llvmPartNames,
  type LlvmFunctionPart,
  type LlvmLevel,
  type LlvmModuleParts,
  type LlvmUnit,
} from "../codegen/llvm/index.ts";
import { unloadNative, type LoadedNative } from "../loader/native/index.ts";
import { Cells, type CounterKind } from "./cells.ts";
import type { PreparedModule } from "./compile.ts";
import { JitError } from "./error.ts";
import { importOf, type FoundImport } from "./imports.ts";
import { newFunction, type CodeUnit, type FunctionState } from "./functions.ts";
import { callsToNext, loopThreshold } from "./policy.ts";
import type { JitProgram, SymbolOwner } from "./program.ts";

/** Names of functions that start threads, which may be in code that is no longer in force. */
const threadStarters = ["pthread_create", "thrd_create", "makecontext", "swapcontext"];
/** Basic blocks of other functions that a unit may copy from. */
const mostInlinedBlocks = 2000;
/** Basic blocks of functions that are compiled at the highest level before anything runs. */
const mostEagerBlocks = 1000;
/** More than a program can count. */
const never = 2 ** 52;

/** Names that only one module uses. */
export const moduleNames = {
  local: (id: number, name: string): string => `static:${name}:${id}`,
  handle: (id: number): string => `handle:${id}`,
};

/** The code and the variables of one module; made by `load`, gone after `unload`. */
export class ModuleCode implements SymbolOwner {
  readonly id: number;
  readonly name: string;
  readonly keepsCode: boolean;
  readonly bitcode: Uint8Array;
  /** Functions that the module defines, by the names that the program knows. */
  readonly functions = new Map<string, FunctionState>();
  /** Modules whose names it uses. */
  readonly uses = new Set<SymbolOwner>();
  readonly #program: JitProgram;
  readonly #parts: LlvmModuleParts;
  readonly #states: readonly FunctionState[];
  readonly #callees = new Map<string, LlvmFunctionPart[]>();
  readonly #cells: Cells;
  #imports: readonly FoundImport[] = [];
  #variables: LoadedNative | undefined;
  #usesHandle = false;
  #loaded = true;
  #finished = false;

  /** Takes names and cells. Throws `JitError` if a name is taken. */
  private constructor(
    program: JitProgram,
    {
      id,
      name,
      prepared,
    }: { readonly id: number; readonly name: string; readonly prepared: PreparedModule },
  ) {
    this.id = id;
    this.name = name;
    this.bitcode = prepared.bitcode;
    this.#program = program;
    this.#parts = prepared.parts;
    const { functions } = prepared.parts;
    this.keepsCode = functions.some((part) => threadStarters.includes(part.name));
    this.#states = this.#own().map((part, index) => newFunction(part, index, !isLocal(part.name)));
    for (const part of functions) {
      for (const user of part.users) {
        this.#callees.set(user, [...(this.#callees.get(user) ?? []), part]);
      }
    }
    this.#cells = new Cells(program.host, program.pools, this.#states.length);
  }

  /** Compiles a prepared module at its first level and puts it into memory. Throws `JitError`; then nothing is left. */
  static load(
    program: JitProgram,
    module: { readonly id: number; readonly name: string; readonly prepared: PreparedModule },
  ): ModuleCode {
    const made = new ModuleCode(program, module);
    try {
      made.#define();
      made.#defineImports();
      made.#loadVariables();
      made.#loadCode();
      for (const state of made.#states) made.arm(state);
      made.#defineAliases();
      return made;
    } catch (error) {
      made.#release();
      throw error;
    }
  }

  /** Runs what must run before anything else of the module. */
  initialise(): void {
    this.#run(this.#parts.initializers);
  }

  /** Functions that it calls and nobody defines; none if the program does not take them. */
  get imports(): readonly FoundImport[] {
    return this.#imports;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  /** Where callers of a function go, whatever its code is. */
  entry({ index }: FunctionState): number {
    return this.#cells.entry(index);
  }

  /** Where a function's code in force stands. */
  codeAddress({ index }: FunctionState): number {
    return this.#cells.code(index);
  }

  /** Calls that were counted or recorded. */
  calls(state: FunctionState): number {
    return state.calls + (state.armed - this.#cells.left("calls", state.index));
  }

  /** The function whose counter stands at an address. */
  functionAt(
    address: number,
  ): { readonly state: FunctionState; readonly kind: CounterKind } | undefined {
    const counter = this.#cells.counterAt(address);
    const state = counter === undefined ? undefined : this.#states[counter.index];
    return counter === undefined || state === undefined ? undefined : { state, kind: counter.kind };
  }

  /** The unit of some functions at a level. */
  unitOf(states: readonly FunctionState[], level: LlvmLevel): LlvmUnit {
    const functions = states.map(({ part }) => part.name);
    const inlined = level >= 2 ? this.#reachable(functions) : [];
    return { functions, inlined, counted: this.counts(level), direct: level >= 2 };
  }

  /** Whether code of a level is counted. */
  counts(level: LlvmLevel): boolean {
    const { automatic, top } = this.#program.levels;
    return automatic && level < top;
  }

  /** Puts the code of a unit in force. Throws `JitError` if it cannot be loaded. */
  install(object: Uint8Array, states: readonly FunctionState[], level: LlvmLevel): void {
    const loaded = this.#load(object);
    const unit: CodeUnit = { loaded, inForce: states.length };
    const sizes = new Map(loaded.functions.map(({ name, size }) => [name, size]));
    for (const state of states) {
      const name = llvmPartNames.code(state.part.name);
      const address = loaded.symbols.get(name)?.address;
      if (address === undefined) throw new Error(`the unit lacks ${name}`);
      const previous = state.unit;
      this.#cells.setCode(state.index, address);
      state.unit = unit;
      state.previous = state.level;
      state.level = level;
      state.codeBytes = sizes.get(name) ?? 0;
      if (previous === undefined) continue;
      previous.inForce -= 1;
      if (previous.inForce === 0) this.#program.retire(previous.loaded, this);
    }
  }

  /** Sets a function's counters to its next level, or so that they never run out. */
  arm(state: FunctionState): void {
    const { thresholds, top } = this.#program.levels;
    const { level } = state;
    const counts = this.counts(level) && !state.settled;
    const calls = this.calls(state);
    const left = counts ? callsToNext(calls, thresholds, { level, top }) : never;
    this.setCounters(state, { calls: left, loops: counts ? loopThreshold : never });
  }

  /** Sets how many more calls and iterations there may be until the hook is called. */
  setCounters(state: FunctionState, left: Readonly<Record<CounterKind, number>>): void {
    state.calls = this.calls(state);
    state.armed = Math.min(left.calls, never) - 1;
    this.#cells.setLeft("calls", state.index, state.armed);
    this.#cells.setLeft("loops", state.index, left.loops - 1);
  }

  /** Adds to the count of calls. */
  addCalls(state: FunctionState, calls: number): void {
    state.calls += calls;
  }

  /** Runs what is to run at the end of a program, once: destructors of C++'s variables, then those functions of C. */
  finish(): void {
    if (this.#usesHandle) {
      const { host } = this.#program;
      const finalize = host.process.address("__cxa_finalize");
      if (finalize !== undefined) {
        host.callable(finalize, "void", ["uintptr_t"])(this.#cells.address);
      }
    }
    if (!this.#finished) this.#run(this.#parts.finalizers);
    this.#finished = true;
  }

  /** Runs what must run at the end and gives all memory back. No native code may be running, and no module may use it. */
  unload(): void {
    this.finish();
    this.#release();
  }

  #run(names: readonly string[]): void {
    for (const name of names) {
      const state = this.functions.get(name);
      // One that gave way to another module's ran there.
      if (state !== undefined) this.#program.enter(this.entry(state));
    }
  }

  #release(): void {
    if (!this.#loaded) return;
    this.#loaded = false;
    const program = this.#program;
    program.forget(this);
    program.freeRetired(this);
    const units = new Set(this.#states.map(({ unit }) => unit));
    for (const unit of units) if (unit !== undefined) unloadNative(unit.loaded, program.pools);
    if (this.#variables !== undefined) unloadNative(this.#variables, program.pools);
    this.#cells.free();
    for (const { pointer } of this.#imports) pointer.release();
  }

  /** Functions that the module gives to the program: a weak one gives way to another module's. */
  #own(): LlvmFunctionPart[] {
    const { symbols } = this.#program;
    return this.#parts.functions.filter(({ name, defined, strength }) => {
      if (!defined) return false;
      const known = symbols.lookup(name);
      if (known !== undefined && strength === "strong") {
        throw new JitError(
          `cannot load \`${this.name}\`: \`${name}\` is defined by \`${known.origin}\` already`,
          "unload that module, or make the function `static`",
        );
      }
      return known === undefined;
    });
  }

  #define(): void {
    const program = this.#program;
    for (const state of this.#states) {
      const { part, index } = state;
      program.define({ name: part.name, kind: "function", address: this.entry(state) }, this);
      this.functions.set(part.name, state);
      for (const kind of ["calls", "loops"] as const) {
        const address = this.#cells.counter(kind, index);
        program.define({ name: llvmPartNames[kind](part.name), kind: "data", address }, this);
      }
    }
    const name = moduleNames.handle(this.id);
    program.define({ name, kind: "data", address: this.#cells.address }, this);
  }

  #defineImports(): void {
    const { makeCallback, symbols, host } = this.#program;
    if (makeCallback === undefined) return;
    const { functions } = this.#parts;
    this.#imports = functions.flatMap((part) => {
      const known = symbols.lookup(part.name) ?? host.process.address(part.name);
      const found = known === undefined ? importOf(part, this.name, makeCallback) : undefined;
      if (found === undefined) return [];
      const { address } = found.pointer;
      this.#program.define({ name: part.name, kind: "function", address }, this);
      return [found];
    });
  }

  #loadVariables(): void {
    if (!this.#parts.variables.some(({ defined }) => defined)) return;
    this.#variables = this.#load(this.#program.compiler.variables(this.bitcode));
    for (const { name, address, kind } of this.#variables.symbols.values()) {
      this.#program.define({ name, address, kind }, this);
    }
  }

  #loadCode(): void {
    const { first, top, eagerLoops } = this.#program.levels;
    const looping = this.#states.filter(({ part }) => part.loops);
    const blocks = looping.reduce((total, { part }) => total + part.blocks, 0);
    const eager = eagerLoops && blocks <= mostEagerBlocks ? new Set(looping) : new Set();
    this.#compileFirst(
      this.#states.filter((state) => !eager.has(state)),
      first,
    );
    this.#compileFirst(
      this.#states.filter((state) => eager.has(state)),
      top,
    );
  }

  /** All of them in one object. */
  #compileFirst(states: readonly FunctionState[], level: LlvmLevel): void {
    if (states.length === 0) return;
    const { compiler, now } = this.#program;
    const start = now();
    const unit = this.unitOf(states, level);
    this.install(compiler.unit(this.bitcode, unit, level), states, level);
    const share = (now() - start) / states.length;
    for (const state of states) {
      state.compileTime += share;
      state.compiles += 1;
    }
  }

  #defineAliases(): void {
    for (const { name, target } of this.#parts.aliases) {
      const symbol = this.#program.symbols.lookup(target);
      const known = this.#program.symbols.lookup(name);
      if (symbol === undefined || known !== undefined) continue;
      this.#program.define({ name, kind: symbol.kind, address: symbol.address }, this);
      const state = this.functions.get(target);
      if (state !== undefined) this.functions.set(name, state);
    }
  }

  #load(object: Uint8Array): LoadedNative {
    const { owners } = this.#program;
    const loaded = this.#program.load(object, this.name);
    for (const name of loaded.imports) {
      const owner = owners.get(name);
      if (owner !== undefined && owner !== this) this.uses.add(owner);
      if (name === moduleNames.handle(this.id)) this.#usesHandle = true;
    }
    return loaded;
  }

  /** Functions that some may call, nearest first, as many as are worth copying from. */
  #reachable(names: readonly string[]): string[] {
    const found = new Set(names);
    let blocks = 0;
    for (const caller of found) {
      for (const part of this.#callees.get(caller) ?? []) {
        if (found.has(part.name) || !isCopied(part)) continue;
        blocks += part.blocks;
        if (blocks > mostInlinedBlocks) return [...found].slice(names.length);
        found.add(part.name);
      }
    }
    return [...found].slice(names.length);
  }
}

/** Whether a function's code may be copied to its callers. */
function isCopied({ defined, strength, labels }: LlvmFunctionPart): boolean {
  return defined && strength !== "interposable" && !labels;
}

function isLocal(name: string): boolean {
  return name.startsWith("static:");
}

/** The name of a function in its source. */
export function sourceName(name: string): string {
  return /^static:(.*):\d+$/s.exec(name)?.[1] ?? name;
}
