// Execution managers: programs that compile MIR themselves. A manager holds modules that it compiled and linked into the
// running program; its functions see the program's memory, its functions and the host's, and those compiled before.
import { DiagnosticSink, SourceFile } from "../base/index.ts";
import { compileMir, currentAbi, type OptLevel } from "../compiler/index.ts";
import { parseModule, renderVerifyErrors, verifyModule } from "../ir/mir/index.ts";
import {
  LoadError,
  loadObject,
  SymbolTable,
  type LoadedFunction,
  type WasmMemory,
  type WasmTable,
} from "../loader/index.ts";
import { ProgramError, type IntValue, type JitHost } from "../runtime/index.ts";
import type { Boundary } from "./boundary.ts";
import type { DataArea } from "./data-area.ts";
import type { Traces } from "./trace.ts";

/** The back end that this host has; `auto` takes it. */
const available = "wasm";

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
  /** The first of so many new entries of the table. */
  allocateTable(count: number): number;
  /** Changes how the program itself is compiled. */
  configure(mode: string, threshold: number, verbose: boolean): void;
}

interface Manager {
  readonly backend: string;
  readonly symbols: SymbolTable;
  readonly functions: Map<string, LoadedFunction>;
  error: string;
}

/** The managers of one program. */
export class ExecutionManagers implements JitHost {
  readonly #env: ManagerEnvironment;
  readonly #managers = new Map<number, Manager>();
  #backend = available;
  #created = 0;
  #modules = 0;

  constructor(environment: ManagerEnvironment) {
    this.#env = environment;
  }

  create(backend: string): number {
    const symbols = new SymbolTable();
    for (const symbol of this.#env.symbols.symbols()) symbols.define(symbol);
    const name = backend === "auto" ? this.#backend : backend;
    this.#created += 1;
    this.#managers.set(this.#created, { backend: name, symbols, functions: new Map(), error: "" });
    return this.#created;
  }

  compile(handle: number, mir: string): string {
    const manager = this.#managers.get(handle);
    if (manager === undefined) return noManager(handle);
    if (manager.backend !== available) return unavailable(manager.backend);
    const sink = new DiagnosticSink();
    const module = parseModule(new SourceFile("<mir>", mir), sink);
    if (sink.hasErrors) return sink.all.map((one) => describe(one)).join("\n");
    const errors = verifyModule(module);
    if (errors.length > 0) return renderVerifyErrors(errors);
    const taken = module.functions.find(
      ({ symbol }) => manager.symbols.lookup(symbol) !== undefined,
    );
    if (taken !== undefined) return `\`${taken.symbol}\` is defined already`;
    const { optLevel: level, sharedMemory } = this.#env;
    const name = `mir${(this.#modules += 1)}`;
    try {
      this.#load(manager, compileMir(module, { name, level, sharedMemory }));
      return "";
    } catch (error) {
      if (error instanceof LoadError) return error.message;
      throw error;
    }
  }

  #load(manager: Manager, object: Uint8Array): void {
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
      manager.functions.set(name, fn);
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
    const why = fn === undefined ? missing(manager, name) : unfit(fn, args.length);
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
    return this.#managers.get(handle)?.backend ?? "";
  }

  cleanup(handle: number): void {
    this.#managers.delete(handle);
  }

  setBackend(name: string): boolean {
    if (name !== "auto" && name !== available) return false;
    this.#backend = available;
    return true;
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

function unavailable(backend: string): string {
  return `the back end \`${backend}\` is not available here; \`auto\` and \`${available}\` are`;
}

function noManager(handle: number): string {
  return `there is no execution manager ${handle}, or it was cleaned up`;
}

function missing({ backend, functions }: Manager, name: string): string {
  if (backend !== available) return unavailable(backend);
  const names = [...functions.keys()].map((known) => `\`${known}\``).join(", ");
  return `no function \`${name}\` was compiled${names === "" ? "" : `, only ${names}`}`;
}

/** Why the function cannot be called with so many integers; null if it can. */
function unfit({ symbol, signature }: LoadedFunction, count: number): string | null {
  const { params, results } = signature;
  if (params.length !== count) {
    const wanted = `${params.length} argument${params.length === 1 ? "" : "s"}`;
    return `\`${symbol}\` takes ${wanted}, found ${count}`;
  }
  const odd = [...params, ...results].find((type) => type !== "i64" && type !== "i32");
  if (odd !== undefined) return `\`${symbol}\` has a value of type ${odd}, expected integers alone`;
  return results.length > 1 ? `\`${symbol}\` has ${results.length} results` : null;
}
