// The programming interface: modules of native code that come as LLVM's bitcode, and get faster while they run.
import path from "node:path";
import { hostTarget, LlvmError, type LlvmLevel } from "../codegen/llvm/index.ts";
import { nearestNames } from "../loader/index.ts";
import {
  NativePools,
  NativeSymbolTable,
  unloadNative,
  type LoadedNative,
} from "../loader/native/index.ts";
import type { NativeCallback, NativeHost } from "../native-host/index.ts";
import type { JitFunctionInfo, JitModule, JitOptions, JitStatistics } from "./api.ts";
import { bindFunction, type JitFunction } from "./call.ts";
import { PartCompiler } from "./compile.ts";
import {
  checkCallback,
  checkCycles,
  checkLevel,
  checkModule,
  checkName,
  checkOptions,
  checkPath,
} from "./checks.ts";
import type { JitCallback, JitCallbackFunction, JitCallbackSignature } from "./callback-types.ts";
import { Callbacks } from "./callbacks.ts";
import { isCSource } from "./clang.ts";
import { JitError } from "./error.ts";
import type { FunctionState } from "./functions.ts";
import { ModuleCode, moduleNames, sourceName } from "./module.ts";
import { hostFunction, type JitHostFunction } from "./host-functions.ts";
import type { JitImport } from "./imports.ts";
import { checkMachine, openMachine } from "./machine.ts";
import { defaultThresholds, levelFor } from "./policy.ts";
import { JitProgram, type SymbolOwner } from "./program.ts";
import { runtimeSymbols, runtimeText } from "./runtime.ts";
import { defaultMostBytes, readModule, recognise } from "./source.ts";
import { Tiers, type JitBackground } from "./tiers.ts";
import { jitThread, startJitThread } from "./thread.ts";
import { describeSignature, describeType } from "./types.ts";

interface Found {
  readonly name: string;
  readonly module: ModuleCode;
  readonly state: FunctionState;
}

const runtimeOwner: SymbolOwner = { name: "the runtime", keepsCode: false };

/** Modules of native code in this process. Not for use from several threads. */
export class Jit {
  readonly #program: JitProgram;
  readonly #modules = new Map<JitModule, ModuleCode>();
  readonly #codes = new Set<ModuleCode>();
  readonly #tiers: Tiers;
  readonly #background: JitBackground | undefined;
  readonly #options: JitOptions;
  readonly #runtime: LoadedNative;
  readonly #hook: NativeCallback;
  readonly #readCycles: () => unknown;
  readonly #finish: number;
  readonly #flush: () => unknown;
  #madeCallbacks: Callbacks | undefined;
  #ids = 0;
  #destroyed = false;
  #lastError: string | null = null;

  private constructor(program: JitProgram, options: JitOptions, from: string) {
    this.#program = program;
    this.#options = options;
    const { background, onEvent = () => undefined } = options;
    if (options.collectImports === true) {
      program.makeCallback = (signature, call) => this.#callbacks().make(signature, call);
    }
    const { host } = program;
    if (background !== undefined && background !== false) {
      const starter = background === true ? startJitThread : background;
      this.#background = jitThread(from, host.machine, starter);
    }
    const parts = { modules: this.#codes, background: this.#background, report: onEvent };
    this.#tiers = new Tiers(program, parts);
    this.#runtime = program.load(program.compiler.text(runtimeText(host.machine)), "runtime");
    const address = (name: string): number => this.#runtime.symbols.get(name)?.address ?? 0;
    for (const symbol of this.#runtime.symbols.values()) program.define(symbol, runtimeOwner);
    // An exception could not pass through the native frames.
    const ranOut = (cell: bigint | number): void => {
      try {
        this.#tiers.ranOut(Number(cell));
      } catch (error) {
        this.#lastError = error instanceof Error ? error.message : String(error);
      }
    };
    this.#hook = host.callback(ranOut, "void", ["uintptr_t"]);
    const cell = host.view(address(runtimeSymbols.hook), 8);
    new DataView(cell.buffer, cell.byteOffset).setBigUint64(0, BigInt(this.#hook.address), true);
    host.callable(address(runtimeSymbols.attach), "void", [])();
    this.#finish = address(runtimeSymbols.finish);
    this.#flush = host.callable(address(runtimeSymbols.flush), "void", []);
    this.#readCycles = host.callable(address(runtimeSymbols.cycles), "int64_t", []);
  }

  /** Finds libLLVM and makes a program without modules. Throws `JitError` if native code cannot run here. */
  static create(options: JitOptions = {}): Jit {
    checkOptions(options);
    const from = options.from ?? import.meta.url;
    const { library, host } = openMachine(from);
    const { first = 0, top = 2, thresholds = {}, automatic = true, eagerLoops = false } = options;
    const program = new JitProgram({
      host,
      pools: reservePools(host, options.pools),
      symbols: new NativeSymbolTable(),
      compiler: new PartCompiler(library, hostTarget(library, host.machine)),
      levels: {
        first,
        top,
        automatic,
        eagerLoops,
        thresholds: { ...defaultThresholds, ...thresholds },
      },
      now: options.now ?? (() => performance.now()),
    });
    try {
      return new Jit(program, options, from);
    } catch (error) {
      program.compiler.dispose();
      program.pools.close();
      throw error;
    }
  }

  /** The major version of the libLLVM that is used. Throws `JitError` if there is none. */
  static llvmVersion(from: string = import.meta.url): number {
    return openMachine(from).library.version[0];
  }

  /** Unloads everything and gives all memory back. Nothing else may be called afterwards. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#refuseWhileRunning("destroy the JIT");
    this.finish();
    for (const code of this.#codes) code.unload();
    this.#codes.clear();
    this.#modules.clear();
    this.#destroyed = true;
    this.#background?.close();
    this.#madeCallbacks?.close();
    this.#hook.release();
    unloadNative(this.#runtime, this.#program.pools);
    this.#program.compiler.dispose();
    this.#program.pools.close();
  }

  /** Loads a file: bitcode, the container `LLBC`, or LLVM's text. Throws `JitError`. */
  loadFile(file: string): JitModule {
    return this.#guard(() => {
      if (isCSource(checkPath(file))) {
        throw new JitError(`\`${file}\` is a source`, "`compileC` makes bitcode of it");
      }
      const bytes = readModule(file, this.#options.mostBytes);
      return this.#load(bytes, path.basename(file));
    });
  }

  /** Loads a module from memory, in the same forms. Throws `JitError`. */
  loadMemory(module: Uint8Array | string, name = "module"): JitModule {
    return this.#guard(() => this.#load(checkModule(module, name), name));
  }

  /** Gives a module's memory back. Throws `JitError` while native code runs, or another module uses its names. */
  unload(module: JitModule): void {
    this.#guard(() => {
      const code = this.#code(module);
      this.#refuseWhileRunning(`unload \`${module.name}\``);
      const users = [...this.#codes].filter(({ uses }) => uses.has(code));
      if (users.length > 0) {
        const names = users.map(({ name }) => `\`${name}\``).join(", ");
        const verb = users.length === 1 ? "uses" : "use";
        throw new JitError(`cannot unload \`${module.name}\`: ${names} ${verb} it`);
      }
      this.#tiers.forget(code);
      this.#background?.removeModule(code.id);
      code.unload();
      this.#modules.delete(module);
      this.#codes.delete(code);
    });
  }

  /** The function of a name. Throws `JitError` if there is none, or its types cannot be passed. */
  find(name: string): JitFunction {
    return this.#guard(() => {
      const found = this.#function(name);
      return bindFunction(this.#program, found.module, found);
    });
  }

  /**
   * The module's functions of scalars, for a program in another language to call: `linked` of the engine takes them. They keep their
   * levels, and are gone with the module.
   */
  hostFunctions(module: JitModule): readonly JitHostFunction[] {
    return this.#guard(() => {
      const code = this.#code(module);
      return [...code.functions].flatMap(([name, state]) => {
        if (!state.visible) return [];
        const found = { name, state };
        const bind = (): JitFunction => bindFunction(this.#program, code, found);
        return hostFunction(state.part, module.name, bind) ?? [];
      });
    });
  }

  /**
   * A function of JavaScript for native code to call, on this thread. What it throws ends the native calls under way, up to
   * the last one from JavaScript, without running anything of theirs any more; that call throws it on. Throws `JitError`.
   */
  callback(signature: JitCallbackSignature, call: JitCallbackFunction): JitCallback {
    return this.#guard(() => {
      checkCallback(signature, call);
      return this.#callbacks().make(signature, call);
    });
  }

  /** Functions that modules call and nobody defines, with the option `collectImports`. */
  imports(): readonly JitImport[] {
    this.#alive();
    return [...this.#codes].flatMap(({ imports }) => imports.map(({ wanted }) => wanted));
  }

  /** Bytes of native code's stack that the calls have taken in which a callback is running now. */
  get stackInUse(): number {
    return this.#madeCallbacks?.stackInUse ?? 0;
  }

  #callbacks(): Callbacks {
    if (this.#madeCallbacks === undefined) {
      this.#madeCallbacks = new Callbacks(this.#program);
      this.#program.safeCalls = this.#madeCallbacks;
    }
    return this.#madeCallbacks;
  }

  #code(module: JitModule): ModuleCode {
    const code = this.#modules.get(module);
    if (code === undefined) throw new JitError(`${quotedName(module)} is not loaded`);
    return code;
  }

  /** Compiles a function at a level, which it keeps. Throws `JitError`; then its code stays. */
  recompile(name: string, level: LlvmLevel): void {
    this.#guard(() => {
      const { module, state } = this.#function(name);
      checkLevel(level, "the level");
      state.settled = true;
      this.#tiers.recompile(module, state, level, "asked for");
    });
  }

  /** What is known of a function. Throws `JitError` if there is none. */
  functionInfo(name: string): JitFunctionInfo {
    return this.#guard(() => describe(this.#function(name)));
  }

  /** All functions, by module. */
  functions(): readonly JitFunctionInfo[] {
    this.#alive();
    return [...this.#codes].flatMap((module) =>
      [...module.functions].map(([name, state]) => describe({ name, module, state })),
    );
  }

  /** Adds a call, and the cycles that it took, to a function's counts. */
  recordCall(name: string, cycles: bigint | number): void {
    this.#guard(() => {
      const { state } = this.#function(name);
      const added = checkCycles(cycles);
      state.calls += 1;
      state.cycles += added;
    });
  }

  /**
   * Compiles a function again if it has been called often enough: O1 at 100 calls, O2 at 1000, O3 at 10,000, up to the
   * highest level. The new level, or undefined if it stays.
   */
  autoOptimize(name: string): LlvmLevel | undefined {
    return this.#guard(() => {
      const { module, state } = this.#function(name);
      const { thresholds, top } = this.#program.levels;
      const calls = module.calls(state);
      const level = levelFor(calls, thresholds, top);
      if (level <= state.level) return undefined;
      this.#tiers.recompile(module, state, level, `${calls} calls`);
      return level;
    });
  }

  statistics(): JitStatistics {
    this.#alive();
    const codes = [...this.#codes];
    const infos = codes.flatMap((module) =>
      [...new Set(module.functions.values())].map((state) => ({
        state,
        calls: module.calls(state),
      })),
    );
    const levels: [number, number, number, number] = [0, 0, 0, 0];
    for (const { state } of infos) levels[state.level] += 1;
    const sum = (of: (state: FunctionState) => number): number =>
      infos.reduce((total, { state }) => total + of(state), 0);
    return {
      modules: codes.length,
      functions: infos.length,
      calls: infos.reduce((total, { calls }) => total + calls, 0),
      cycles: infos.reduce((total, { state }) => total + state.cycles, 0n),
      compiles: sum(({ compiles }) => compiles),
      compileTime: sum(({ compileTime }) => compileTime),
      codeBytes: sum(({ codeBytes }) => codeBytes),
      levels,
      memory: this.#program.pools.figures(),
    };
  }

  /** The message of the last call that failed; null if none has. */
  get lastError(): string | null {
    return this.#lastError;
  }

  /** The machine's counter of cycles; on aarch64 that of the system's clock. */
  cycles(): bigint {
    this.#alive();
    return BigInt(Number(this.#readCycles()));
  }

  /** Writes what C's standard output holds, for callers that write there, too. */
  flush(): void {
    this.#alive();
    this.#flush();
  }

  /** Runs what modules have left to run at the end of a program, and writes out C's streams. Modules can go on. */
  finish(): void {
    this.#alive();
    // First what was given to `atexit`; then what modules write while they end is written out as well.
    this.#program.enter(this.#finish);
    for (const code of this.#codes) code.finish();
    this.#program.enter(this.#finish);
  }

  /** Addresses of arrays, with a null behind them, as C's `argv` is; the arrays must live as long as they are used. */
  pointers(arrays: readonly Uint8Array[]): BigUint64Array {
    this.#alive();
    const { host } = this.#program;
    return BigUint64Array.from([...arrays.map((bytes) => BigInt(host.addressOf(bytes))), 0n]);
  }

  /** Puts what other threads have compiled in force, and says how many compilations are still under way. */
  poll(): number {
    this.#guard(() => this.#tiers.take());
    return this.#tiers.pending;
  }

  #load(bytes: Uint8Array, file: string): JitModule {
    const { mostBytes = defaultMostBytes, mostFunctions = Number.POSITIVE_INFINITY } =
      this.#options;
    const source = recognise(bytes, { name: file, mostBytes });
    const { name } = source;
    const id = (this.#ids += 1);
    const program = this.#program;
    const start = program.now();
    const prepared = program.compiler.prepare(source, {
      local: (local) => moduleNames.local(id, local),
      handle: moduleNames.handle(id),
    });
    checkMachine(prepared.parts, program.host.machine, name);
    const functions = prepared.parts.functions.filter(({ defined }) => defined).length;
    const known = this.statistics().functions;
    if (known + functions > mostFunctions) {
      throw new JitError(
        `\`${name}\` has ${functions} function${functions === 1 ? "" : "s"}, and there is room for ${mostFunctions - known}`,
      );
    }
    const code = this.#compileFirst({ id, name, prepared });
    this.#codes.add(code);
    this.#background?.addModule(id, prepared.bitcode);
    const visible = [...code.functions].filter(([, state]) => state.visible).map(([each]) => each);
    const module: JitModule = { name, entry: source.entry, functions: visible };
    this.#modules.set(module, code);
    code.initialise();
    this.#reportLoad(code, start);
    return module;
  }

  #compileFirst(module: Parameters<typeof ModuleCode.load>[1]): ModuleCode {
    try {
      return ModuleCode.load(this.#program, module);
    } catch (error) {
      if (!(error instanceof LlvmError)) throw error;
      throw new JitError(`cannot compile \`${module.name}\`: ${error.message.trim()}`);
    }
  }

  #reportLoad(code: ModuleCode, start: number): void {
    const { now, levels } = this.#program;
    const states = [...new Set(code.functions.values())];
    const elapsed = now() - start;
    this.#options.onEvent?.({
      time: now(),
      module: code.name,
      function: `${states.length} function${states.length === 1 ? "" : "s"}`,
      from: null,
      to: levels.first,
      reason: "loaded",
      calls: 0,
      compileTime: elapsed,
      pause: elapsed,
      codeBytes: states.reduce((total, { codeBytes }) => total + codeBytes, 0),
    });
  }

  #function(name: string): Found {
    this.#alive();
    checkName(name);
    for (const module of this.#codes) {
      const state = module.functions.get(name);
      if (state !== undefined && state.visible) return { name, module, state };
    }
    const names = [...this.#codes].flatMap((module) =>
      [...module.functions].filter(([, { visible }]) => visible).map(([each]) => each),
    );
    const nearest = nearestNames(name, names, 3).map((near) => `\`${near}\``);
    const few = names.length <= 8 ? names.map((each) => `\`${each}\``).join(", ") : "";
    const help =
      nearest.length > 0
        ? `did you mean ${nearest.join(", ")}?`
        : few === ""
          ? ""
          : `there is ${few}`;
    throw new JitError(`no function \`${name}\``, help);
  }

  #refuseWhileRunning(what: string): void {
    if (this.#program.depth > 0) throw new JitError(`cannot ${what} while its code runs`);
  }

  #alive(): void {
    if (this.#destroyed) throw new JitError("the JIT was destroyed");
  }

  #guard<Result>(action: () => Result): Result {
    try {
      this.#alive();
      return action();
    } catch (error) {
      this.#lastError = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }
}

/** For messages: a caller may give anything. */
function quotedName(module: JitModule | null | undefined): string {
  return module?.name === undefined ? "the module" : `\`${module.name}\``;
}

function describe({ name, module, state }: Found): JitFunctionInfo {
  const { part } = state;
  return {
    name: sourceName(name),
    visible: state.visible,
    module: module.name,
    signature: describeSignature(part),
    parameters: part.parameters.map(describeType),
    result: describeType(part.result),
    address: module.entry(state),
    codeAddress: module.codeAddress(state),
    codeBytes: state.codeBytes,
    level: state.level,
    pending: state.pending !== undefined,
    calls: module.calls(state),
    cycles: state.cycles,
    compiles: state.compiles,
    compileTime: state.compileTime,
    loops: part.loops,
  };
}

/** Throws `JitError` if there is not so much address space. */
function reservePools({ memory }: NativeHost, pools: JitOptions["pools"]): NativePools {
  try {
    return new NativePools(memory, pools);
  } catch (error) {
    throw new JitError(error instanceof Error ? error.message : String(error));
  }
}
