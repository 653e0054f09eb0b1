// Execution managers: programs that compile MIR themselves. A manager holds modules that it compiled and linked into the
// running program; its functions see the program's variables, its functions and the host's, and those compiled before.
import { DiagnosticSink, SourceFile } from "../base/index.ts";
import {
  compileMir,
  compileNative,
  currentAbi,
  functionType,
  prepareMir,
  type OptLevel,
} from "../compiler/index.ts";
import {
  parseModule,
  renderVerifyErrors,
  verifyModule,
  type MirModule,
  type Signature,
} from "../ir/mir/index.ts";
import {
  LoadError,
  loadObject,
  nearestNames,
  SymbolTable,
  type LoadedFunction,
  type WasmMemory,
  type WasmTable,
} from "../loader/index.ts";
import { ProgramError, type IntValue, type JitHost } from "../runtime/index.ts";
import type { Boundary } from "./boundary.ts";
import type { DataArea } from "./data-area.ts";
import { refusedMir, type KnownSymbols } from "./manager-mir.ts";
import { NativeRefused } from "./native/index.ts";
import type { Backend } from "./options.ts";
import type { Traces } from "./trace.ts";
import type { NativeSide } from "./units.ts";

/** So many functions are all named where another one is asked for. */
const mostListed = 8;

/** The back end that every host has. */
const everywhere = "wasm";

export interface ManagerEnvironment {
  readonly memory: WasmMemory;
  readonly table: WasmTable;
  readonly data: DataArea;
  readonly traces: Traces;
  readonly boundary: Boundary;
  readonly sharedMemory: boolean;
  readonly optLevel: OptLevel;
  /** The program's symbols. */
  readonly symbols: SymbolTable;
  /** What the program's symbols are. */
  readonly known: KnownSymbols;
  /** The first of so many new entries of the table. */
  allocateTable(count: number): number;
  /** Native code for the program. Throws if there is none. */
  native(): NativeSide;
  /** The back end that `auto` stands for. */
  auto(): Backend;
  /** What the program itself is compiled with from now on. */
  setBackend(backend: Backend): void;
  /** Changes how the program itself is compiled. */
  configure(mode: string, threshold: number, verbose: boolean): void;
}

interface CompiledFunction extends Pick<LoadedFunction, "symbol" | "signature" | "code"> {
  readonly mir: Signature;
}

interface Manager {
  /** As it was asked for: `auto` is looked at when the manager is first used. */
  readonly backend: string;
  readonly symbols: SymbolTable;
  readonly functions: Map<string, CompiledFunction>;
  error: string;
}

/** The managers of one program. */
export class ExecutionManagers implements JitHost {
  readonly #env: ManagerEnvironment;
  readonly #managers = new Map<number, Manager>();
  #backend: Backend;
  #created = 0;
  #modules = 0;

  /** `backend` is that of the program. */
  constructor(environment: ManagerEnvironment, backend: Backend) {
    this.#env = environment;
    this.#backend = backend;
  }

  create(backend: string): number {
    const symbols = new SymbolTable();
    for (const symbol of this.#env.symbols.symbols()) symbols.define(symbol);
    this.#created += 1;
    this.#managers.set(this.#created, { backend, symbols, functions: new Map(), error: "" });
    return this.#created;
  }

  compile(handle: number, mir: string): string {
    const manager = this.#managers.get(handle);
    if (manager === undefined) return noManager(handle);
    const backend = this.#named(manager.backend);
    const why = this.#whyNot(backend);
    if (why !== null) return why;
    const sink = new DiagnosticSink();
    const module = parseModule(new SourceFile("<mir>", mir), sink);
    if (sink.hasErrors) return sink.all.map((one) => describe(one)).join("\n");
    const errors = verifyModule(module);
    if (errors.length > 0) return renderVerifyErrors(errors);
    const { known } = this.#env;
    const refused = refusedMir(module, {
      function: (symbol) => manager.functions.get(symbol)?.mir ?? known.function(symbol),
      variable: (symbol) => known.variable(symbol),
    });
    if (refused !== null) return refused;
    const taken = module.functions.find(
      ({ symbol }) => manager.symbols.lookup(symbol) !== undefined,
    );
    if (taken !== undefined) return `\`${taken.symbol}\` is defined already`;
    const name = `mir${(this.#modules += 1)}`;
    try {
      if (backend === "llvm") this.#addNative(manager, module, name);
      else this.#addWasm(manager, module, name);
      return "";
    } catch (error) {
      if (error instanceof LoadError || error instanceof NativeRefused) return error.message;
      throw error;
    }
  }

  #named(backend: string): string {
    return backend === "auto" ? this.#env.auto() : backend;
  }

  /** Why a back end cannot be used; null if it can. */
  #whyNot(backend: string): string | null {
    if (backend === everywhere) return null;
    if (backend !== "llvm") return unavailable(backend, this.#hasNative());
    try {
      this.#env.native();
      return null;
    } catch {
      return unavailable(backend, false);
    }
  }

  #hasNative(): boolean {
    return this.#whyNot("llvm") === null;
  }

  #addNative(manager: Manager, module: MirModule, name: string): void {
    const { optLevel: level } = this.#env;
    const { backend, world } = this.#env.native();
    prepareMir(module, level);
    const object = compileNative(module, { name, level }, backend.compiler);
    const { symbols } = manager;
    const slotOf = (symbol: string): number | undefined => {
      const found = symbols.lookup(symbol);
      return found?.kind === "function" ? found.slot : undefined;
    };
    const first = this.#env.allocateTable(module.functions.length);
    world.cells.ensure(first + module.functions.length);
    const own = new Map(module.functions.map(({ symbol }, i) => [symbol, first + i]));
    const { loaded } = world.load(object, {
      symbols,
      slotOf: (symbol) => own.get(symbol) ?? slotOf(symbol),
    });
    for (const { symbol, signature } of module.functions) {
      const slot = own.get(symbol) ?? 0;
      const fn = {
        symbol,
        signature: functionType(signature),
        mir: signature,
        code: world.install(loaded, symbol, { slot, signature }),
      };
      manager.functions.set(symbol, fn);
      symbols.define({
        kind: "function",
        name: symbol,
        origin: name,
        slot,
        signature: fn.signature,
      });
    }
  }

  #addWasm(manager: Manager, module: MirModule, name: string): void {
    const { optLevel: level, sharedMemory } = this.#env;
    const signatures = new Map(module.functions.map((fn) => [fn.symbol, fn.signature]));
    this.#load(manager, signatures, compileMir(module, { name, level, sharedMemory }));
  }

  #load(manager: Manager, signatures: ReadonlyMap<string, Signature>, object: Uint8Array): void {
    const { memory, table, data, traces } = this.#env;
    const { symbols } = manager;
    const loaded = loadObject(object, {
      memory,
      table,
      symbols,
      abiHash: currentAbi(),
      allocateData: (size, align) => data.allocate(size, align),
      allocateTable: (count) => this.#env.allocateTable(count),
    });
    if (loaded.lines !== null) traces.register(loaded.name, loaded.lines);
    for (const [name, fn] of loaded.functions) {
      const slot = this.#env.allocateTable(1);
      table.set(slot, fn.code);
      const mir = signatures.get(name);
      if (mir !== undefined) manager.functions.set(name, { ...fn, mir });
      symbols.define({
        kind: "function",
        name,
        origin: loaded.name,
        slot,
        signature: fn.signature,
      });
    }
  }

  hasFunction(handle: number, name: string): boolean {
    return this.#managers.get(handle)?.functions.has(name) ?? false;
  }

  execute(handle: number, name: string, args: readonly IntValue[]): bigint {
    const manager = this.#managers.get(handle);
    if (manager === undefined) return 0n;
    manager.error = "";
    const fn = manager.functions.get(name);
    const why = fn === undefined ? this.#missing(manager, name) : unfit(fn, args.length);
    if (fn === undefined || why !== null) {
      manager.error = why ?? "";
      return 0n;
    }
    const { boundary } = this.#env;
    const mark = boundary.mark();
    const values = args.map((arg, index) =>
      fn.signature.params[index] === "i64" ? BigInt(arg) : Number(BigInt.asIntN(32, BigInt(arg))),
    );
    try {
      const result = fn.code(...values);
      return typeof result === "bigint" || typeof result === "number" ? BigInt(result) : 0n;
    } catch (thrown) {
      const error = boundary.leave(thrown, mark);
      if (!(error instanceof ProgramError) || stops.has(error.code)) throw error;
      manager.error = error.message;
      return 0n;
    }
  }

  error(handle: number): string {
    return this.#managers.get(handle)?.error ?? noManager(handle);
  }

  backendName(handle: number): string {
    return this.#named(this.#managers.get(handle)?.backend ?? "");
  }

  cleanup(handle: number): void {
    this.#managers.delete(handle);
  }

  setBackend(name: string): boolean {
    const backend = this.#named(name);
    if (this.#whyNot(backend) !== null) return false;
    this.#backend = backend === "llvm" ? "llvm" : everywhere;
    this.#env.setBackend(this.#backend);
    return true;
  }

  #missing({ backend, functions }: Manager, name: string): string {
    const why = this.#whyNot(this.#named(backend));
    if (why !== null) return why;
    const known = [...functions.keys()];
    const near = known.length <= mostListed ? known : nearestNames(name, known, 3);
    const names = near.map((each) => `\`${each}\``).join(", ");
    const most = known.length <= mostListed ? "only" : "did you mean";
    return `no function \`${name}\` was compiled${names === "" ? "" : `, ${most} ${names}`}`;
  }

  getBackend(): string {
    return this.#backend;
  }

  configure(mode: string, threshold: number, verbose: boolean): void {
    this.#env.configure(mode, threshold, verbose);
  }
}

/** Errors that end the program wherever they are raised. */
const stops: ReadonlySet<string> = new Set(["interrupted", "time_limit"]);

function describe({ message, span }: DiagnosticSink["all"][number]): string {
  if (span === undefined) return message;
  const { line, column } = span.file.position(span.start);
  return `line ${line}, column ${column}: ${message}`;
}

function unavailable(backend: string, hasNative: boolean): string {
  const others = hasNative
    ? `\`auto\`, \`${everywhere}\` and \`llvm\``
    : `\`auto\` and \`${everywhere}\``;
  return `the back end \`${backend}\` is not available here; ${others} are`;
}

function noManager(handle: number): string {
  return `there is no execution manager ${handle}, or it was cleaned up`;
}

/** Why the function cannot be called with so many integers; null if it can. */
function unfit({ symbol, signature }: CompiledFunction, count: number): string | null {
  const { params, results } = signature;
  if (params.length !== count) {
    const wanted = `${params.length} argument${params.length === 1 ? "" : "s"}`;
    return `\`${symbol}\` takes ${wanted}, found ${count}`;
  }
  const odd = [...params, ...results].find((type) => type !== "i64" && type !== "i32");
  if (odd !== undefined) return `\`${symbol}\` has a value of type ${odd}, expected integers alone`;
  return results.length > 1 ? `\`${symbol}\` has ${results.length} results` : null;
}
